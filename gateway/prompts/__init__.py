"""Spoken prompts: made from the text list by a speech model, or recorded by people and uploaded.

In: `ivr/prompts.toml`, uploads in `state/sounds/uploads`. Out: WAV files in `asterisk_conf/sounds` (committed) and in
`state/sounds` (what Asterisk plays). Never: part of a call; Asterisk reads the files by itself.
"""

from gateway.prompts.build import BuildReport, build_sounds
from gateway.prompts.install import InstallReport, Refused, convert_upload, install_sounds
from gateway.prompts.manifest import Finding, check_sounds, read_manifest, read_prompts
from gateway.prompts.wav import SoundError

__all__ = [
    "BuildReport",
    "Finding",
    "InstallReport",
    "Refused",
    "SoundError",
    "build_sounds",
    "check_sounds",
    "convert_upload",
    "install_sounds",
    "read_manifest",
    "read_prompts",
]
