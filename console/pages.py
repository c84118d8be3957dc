"""The built web pages: three documents (console, citizen's page, test phone) and their hashed assets.

In: the folder Vite built. Out: files below it, nothing else. Never: a file named by a client outside `assets/`.
"""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

DIST = Path(__file__).resolve().parent / "web" / "dist"
ROUTES = (
    *("/", "/login", "/seat", "/calls", "/calls/{id}", "/orders", "/orders/{id}", "/tasks", "/live", "/audit"),
    *("/welcome", "/password", "/table", "/table/{page:lines|check|versions|import|replay|calendars|prompts|menus}"),
    *("/table/hotlines/{key}", "/table/versions/{number}", "/table/menus/{key}"),
    *("/people", "/people/{page:outside|results|teams}"),
    *("/office", "/office/orders/{id}", "/directory", "/figures", "/figures/bulletin"),
    *("/unit", "/unit/{id}", "/knowledge", "/knowledge/{id}", "/feeds"),
)
_MISSING = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>页面尚未构建</title>
<h1>页面尚未构建</h1><p>请在 console/web 下运行 <code>npm ci &amp;&amp; npm run build</code>，
再重新启动控制台；接口与通话不受影响。</p>"""


_NO_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>没有这个页面 · 12345 政务服务热线</title>
<h1>没有这个页面</h1><p>请核对地址，或<a href="/">回到首页</a>。</p>"""


def no_page() -> web.Response:
    """For people who follow a wrong link; programs get a problem."""
    return web.Response(text=_NO_PAGE, content_type="text/html", status=404)


def add_pages(app: web.Application, dist: Path) -> bool:
    """Serve the pages; False when they are not built, then each page says so."""
    built = (dist / "index.html").is_file()

    def document(name: str) -> web.Response:
        if not built:
            return web.Response(text=_MISSING, content_type="text/html", status=503)
        return web.Response(text=(dist / name).read_text("utf-8"), content_type="text/html")

    async def console(_request: web.Request) -> web.Response:
        return document("index.html")

    async def test_phone(_request: web.Request) -> web.Response:
        return document("testphone.html")

    async def citizen(_request: web.Request) -> web.Response:
        return document("citizen.html")

    for route in ROUTES:
        app.router.add_get(route, console)
    app.router.add_get("/testphone", test_phone)
    app.router.add_get("/citizen", citizen)
    if built:
        app.router.add_static("/assets", dist / "assets", follow_symlinks=False, show_index=False)
        if (dist / "favicon.svg").is_file():
            app.router.add_get("/favicon.svg", _file(dist / "favicon.svg"))
    return built


def _file(path: Path):  # type: ignore[no-untyped-def]
    async def send(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(path)

    return send
