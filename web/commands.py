"""Commands of the web: serve, and the demonstration that does everything."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import click

from ledger import deployment
from ledger.cli import Session, registrar_keys, session
from ledger.commands import DEMONSTRATION_ORIGIN, found_demonstration
from ledger.errors import Conflict, Unavailable
from ledger.log import Log
from ledger.settings import DEVCHAIN, Settings
from ledger.tick import Ticker, TickReport
from procurement.kinds import KINDS
from procurement.publish import publish_example
from web.api.limits import Limits

HOST, PORT = "127.0.0.1", 8000


@click.command("serve")
@click.option("--host", default=HOST, show_default=True)
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--address-per-minute",
    default=Limits.address_per_minute,
    show_default=True,
    type=click.IntRange(min=1),
    help="Requests to the API from one address.",
)
@click.option(
    "--key-per-minute",
    default=Limits.key_per_minute,
    show_default=True,
    type=click.IntRange(min=1),
    help="New entries by the API with one key.",
)
@click.option(
    "--proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    callback=lambda _context, _option, given: [check_proxy(each) for each in given],
    help="Address or network of a proxy whose X-Forwarded-For is believed; nobody's is at first.",
)
@click.option(
    "--mirror",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Serve the copy that jejak mirror keeps in DIR, and nothing else.",
)
@session
def serve(
    run: Session,
    host: str,
    port: int,
    address_per_minute: int,
    key_per_minute: int,
    proxies: list[str],
    mirror: Path | None,
) -> None:
    """Serve the web, with follower and ticker in the background."""
    if mirror is not None:
        serve_mirror(mirror, host, port, proxies)
        return
    settings = run.settings()
    limits = Limits(address_per_minute, key_per_minute)
    with serving(settings) as (log, chain):
        run_server(settings, log, chain, host, port, limits, proxies)


def serve_mirror(folder: Path, host: str, port: int, proxies: Sequence[str] = ()) -> None:
    """Serve a mirror's files until interrupted. Raises NotFound where there is none."""
    import uvicorn

    from web.mirror import create_mirror

    app = create_mirror(folder)
    click.echo(f"mirror on http://{host}:{port} (Ctrl-C to stop)", err=True)
    uvicorn.run(app, host=host, port=port, **server_options(proxies))


def check_proxy(address: str) -> str:
    """An IP address or network, and not all of the world. Raises click.BadParameter."""
    try:
        if ip_network(address).prefixlen:
            return address
    except ValueError:
        pass
    raise click.BadParameter(f"{address!r} is not the address or the network of a proxy")


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[Log, Any]]:
    """The log and its chain; the development chain runs here for as long as this does."""
    from ledger.anchor import Chain
    from ledger.devchain import publish_devchain

    with ExitStack() as stack:
        log = deployment.open_log(settings, KINDS)
        stack.callback(log.close)
        if settings.chain == DEVCHAIN:
            served = stack.enter_context(publish_devchain(settings.folder))
            chain: Any = Chain(served.url, settings.publisher_key())
        else:
            chain = stack.enter_context(deployment.open_chain(settings))
        yield log, chain


def server_options(proxies: Sequence[str] = ()) -> dict[str, Any]:
    """How uvicorn serves: what a client says of its own address is believed of a proxy alone."""
    from web.sized import SizedProtocol

    return {
        "http": SizedProtocol,
        "log_level": "warning",
        "server_header": False,
        "proxy_headers": bool(proxies),
        "forwarded_allow_ips": list(proxies),
    }


def run_server(
    settings: Settings,
    log: Log,
    chain: Any,
    host: str,
    port: int,
    limits: Limits | None = None,
    proxies: Sequence[str] = (),
) -> None:
    """Serve until interrupted."""
    import uvicorn

    from procurement.projections import open_index
    from web.app import create_app
    from web.background import Background

    index = open_index(settings.index_url)
    app = create_app(log, index, settings, limits)
    with Background(log, index, Ticker(log, settings, chain)):
        click.echo(f"serving on http://{host}:{port} (Ctrl-C to stop)", err=True)
        if host == HOST:  # browsers bind no passkey to an address of figures
            click.echo(f"officers' console: http://localhost:{port}/console", err=True)
        uvicorn.run(app, host=host, port=port, **server_options(proxies))


@click.command("demo")
@click.option("--once", is_flag=True, help="Do it, verify it, and end.")
@click.option("--host", default=HOST, show_default=True)
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535))
@session
def demo(run: Session, once: bool, host: str, port: int) -> None:
    """A fictional district from nothing: publish, sign, anchor, verify, serve."""
    if not (run.data / "settings.json").exists():
        click.echo(f"making a log in {run.data} …", err=True)
        found_demonstration(Settings(run.data, DEMONSTRATION_ORIGIN, DEVCHAIN, demonstration=True))
    settings = run.settings()
    if not settings.demonstration:
        raise Conflict(
            f"{run.data} holds a log that is no demonstration",
            "name another folder with --data or JEJAK_DATA; jejak serve shows this one",
        )
    with serving(settings) as (log, chain):
        report = _publish(settings, log, chain)
        holds = _verify(settings, chain)
        click.echo(f"entries: {log.size}")
        click.echo(f"checkpoint: {report.size}")
        click.echo(f"anchored: block {report.block}")
        click.echo(f"verify: {'holds' if holds else 'FAILS'}")
        if not holds:
            sys.exit(1)
        if not once:
            run_server(settings, log, chain, host, port)


def _publish(settings: Settings, log: Log, chain: Any) -> TickReport:
    from procurement.follower import Follower
    from procurement.projections import open_index

    click.echo("publishing the year of a fictional district …", err=True)
    publish_example(settings, log, registrar_keys(settings, []))
    Follower(log, open_index(settings.index_url)).run()
    report = Ticker(log, settings, chain).tick(anchor=True)
    if report.delayed:
        raise Unavailable(f"the anchor waits: {report.delayed}", "try again")
    return report


def _verify(settings: Settings, chain: Any) -> bool:
    from audit.source import open_source
    from audit.verify import verify

    click.echo("verifying everything from the public files …", err=True)
    report = verify(
        open_source(settings.public),
        KINDS,
        trust=deployment.read_trust(settings.trust),
        chains=[chain],
    )
    return bool(report.holds)


COMMANDS: dict[str, click.Command] = {"serve": serve, "demo": demo}
