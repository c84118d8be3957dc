"""Reads a stranger's sheet in a process of its own, so that a bomb takes neither the memory nor the time of ours.

In: the bytes and name of a file. Out: its rows, or SheetError. Never: reads more than `MAX_BYTES`, waits longer than
`LIMIT_S`, or lets the reading process use more than `MEMORY` and one CPU's `CPU_S` seconds.
`python -m gateway.tables.apart NAME` is that process: file on standard input, JSON on standard output.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import sys
import zipfile
from io import BytesIO

from gateway.config import CHECKOUT
from gateway.errors import RetryableError
from gateway.tables.sheets import MAX_TEXT, Row, SheetError, read_sheet

MAX_BYTES = 8 * 1024 * 1024
MAX_UNPACKED = 128 * 1024 * 1024  # what a workbook's parts say they unpack to; 20,000 rows are about 10 MB
MAX_PARTS = 2000
MEMORY = 1024 * 1024 * 1024
CPU_S = 15
LIMIT_S = 30.0
MAX_OUTPUT = MAX_TEXT * 8


async def read_apart(data: bytes, name: str) -> list[Row]:
    """The rows of the file, see `sheets.read_sheet`. Raises SheetError, RetryableError when the machine is too busy."""
    if len(data) > MAX_BYTES:
        raise SheetError(f"文件超过 {MAX_BYTES // 1024 // 1024} MB", place="file")
    _check_parts(data)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway.tables.apart",
        name[-100:],
        cwd=CHECKOUT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            output, _ = await process.communicate(data)
    except TimeoutError:
        raise SheetError("读取文件用时过长", place="file", remedy="请只保留需要导入的内容后重试") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return _answer(output, process.returncode)


def _answer(output: bytes, code: int | None) -> list[Row]:
    if code != 0 or len(output) > MAX_OUTPUT:
        raise SheetError("文件占用的内存或时间过多", place="file", remedy="请只保留需要导入的内容，另存后重试")
    try:
        answer = json.loads(output)
    except ValueError as error:
        raise RetryableError(f"the sheet reader said nothing readable: {error}") from error
    if "error" in answer:
        raise SheetError(str(answer["error"]), place=str(answer["place"]), remedy=str(answer["remedy"]))
    rows: list[Row] = answer["rows"]
    return rows


def _check_parts(data: bytes) -> None:
    """Refuse what says itself that it is a bomb; one that lies about it meets the limits of the process."""
    if data[:4] != b"PK\x03\x04":
        return
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise SheetError("工作簿已损坏", place="file", remedy="请用 Excel 打开并另存后重试") from error
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise SheetError("工作簿展开后过大", place="file", remedy="请只保留需要导入的内容，另存后重试")


def main() -> int:
    """The reading process: 0 with rows or a refusal as JSON; anything else means that a limit was hit."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer: dict[str, object]
    try:
        answer = {"rows": read_sheet(sys.stdin.buffer.read(MAX_BYTES + 1), sys.argv[1])}
    except SheetError as error:
        answer = {"error": error.args[0], "place": error.place, "remedy": error.remedy}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
