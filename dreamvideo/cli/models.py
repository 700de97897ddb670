"""`models`: networks, and the state of their weights."""

from __future__ import annotations

from typing import Annotated

import typer

from dreamvideo.cli import completion
from dreamvideo.cli.arguments import argument
from dreamvideo.cli.display import Display
from dreamvideo.cli.examples import epilog
from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.tables import Command, Group, table
from dreamvideo.config import NetworkConfig
from dreamvideo.errors import WeightsError

app = typer.Typer(
    cls=Group,
    help="List networks, fetch and check their weights.",
    invoke_without_command=True,
    epilog=epilog("models"),
)
Name = Annotated[str, argument("NAME", "As `dreamvideo models` lists it.", autocompletion=completion.networks)]


@app.callback()
def models(context: typer.Context) -> None:
    """List networks; fetch and check their weights."""
    if context.invoked_subcommand is None:
        listing(quiet=False, verbose=False, json=False)


@app.command("list", cls=Command, epilog=epilog("models list"))
@takes(makes=False)
def listing(*, run: Run) -> None:
    """List the networks: default layers, and where the weights are."""
    from dreamvideo.networks import NETWORKS
    from dreamvideo.networks.stock import weights_state

    rows, facts = [], dict[str, object]()
    for name, architecture in NETWORKS.items():
        state, layers = weights_state(architecture), [*map(str, architecture.default_layers)]
        rows.append((name, state, f"{architecture.note}; dreams of {' + '.join(layers)}"))
        facts[name] = {"weights": state, "layers": "+".join(layers), "note": architecture.note}
    Display(as_json=run.json).answer("models", facts, table(rows))


@app.command(cls=Command, epilog=epilog("models fetch"))
@takes(makes=False)
def fetch(name: Name, *, run: Run) -> None:
    """Download the weights of a network, and check them."""
    from dreamvideo.networks.registry import known_network

    architecture = known_network(name)
    from dreamvideo.networks.weights import fetch as download  # imports TensorFlow

    Display(as_json=run.json).result(download(architecture))


@app.command(cls=Command, epilog=epilog("models check"))
@takes(makes=False)
def check(name: Annotated[str | None, argument("NAME", "Only this network.")] = None, *, run: Run) -> None:
    """Load every network whose weights are here, and print their hashes."""
    from dreamvideo.networks import NETWORKS, load_network
    from dreamvideo.networks.registry import known_network
    from dreamvideo.networks.stock import weights_state

    chosen = list(NETWORKS.values()) if name is None else [known_network(name)]
    facts: dict[str, object] = {}
    faults = []
    for architecture in chosen:
        found: str = weights_state(architecture, thorough=True)
        if found in ("bundled", "here"):
            try:
                found = load_network(NetworkConfig(architecture.name)).weights_hash
            except WeightsError as error:
                found = f"damaged: {error}"
        if found.startswith("damaged") or (name is not None and found == "to be downloaded"):
            faults.append(f"{architecture.name}: {found}")
        facts[architecture.name] = found
    here = {key: value for key, value in facts.items() if value != "to be downloaded"}
    lines = [f"{key}  {value}" for key, value in here.items()]
    if len(here) < len(facts):
        lines.append(f"{len(facts) - len(here)} more can be fetched")
    Display(as_json=run.json).answer("check", facts, "\n".join(lines))
    if faults:
        raise WeightsError("; ".join(faults) + ": `dreamvideo models fetch NAME` gets them again")
