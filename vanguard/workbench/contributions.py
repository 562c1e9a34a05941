"""What the apps above hang into the workbench. The site knows only these shapes, and no app."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponseBase


@dataclass(frozen=True, slots=True)
class Count:
    """A figure beside a navigation item; `late` gives it the one red ground."""

    value: int
    late: bool = False


@dataclass(frozen=True, slots=True)
class NavItem:
    """A line of the sidebar. `permission` hides it, `go` is its key after G, `query` opens one view of a list."""

    name: str
    url_name: str
    icon: str
    order: int = 100
    query: str = ""
    go: str = ""
    permission: str = ""
    count: Callable[[HttpRequest], Count | None] | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A button at the top right. `post` sends a form instead of following a link, since it changes something."""

    label: str
    url: str
    primary: bool = False
    key: str = ""
    post: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """One of today's figures; it is a link to the rows that it counts."""

    label: str
    value: str
    detail: str
    url: str
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel of the home page: a template with its own context, in the wide column or at the side."""

    template: str
    context: Mapping[str, Any]
    side: bool = False
    order: int = 100


@dataclass(frozen=True, slots=True)
class Board:
    """What one app adds to the home page of this person."""

    summary: str = ""
    tools: Sequence[Tool] = ()
    tiles: Sequence[Tile] = ()
    panels: Sequence[Panel] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One row of the search over everything."""

    title: str
    url: str
    detail: str
    status: str = ""
    status_label: str = ""


@dataclass(frozen=True, slots=True)
class HitGroup:
    """The hits of one kind. `jump` is set when what was typed names exactly one record."""

    name: str
    hits: Sequence[Hit]
    more_url: str = ""
    jump: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """A line of the key list: `keys` are pressed one after the other."""

    words: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of its own that is no record's: `route` is its address below the site's, as Django's `path` takes it."""

    route: str
    name: str
    view: Callable[..., HttpResponseBase]


@dataclass(slots=True)
class Contributions:
    """All that was registered, in the order of registration."""

    navigation: list[NavItem] = field(default_factory=list)
    boards: list[Callable[[HttpRequest], Board | None]] = field(default_factory=list)
    searches: list[Callable[[HttpRequest, str], HitGroup | None]] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    # What higher rooms show on a record of a lower one, by its label ("app.model").
    on_records: dict[str, list[Callable[[HttpRequest, Any], Panel | None]]] = field(default_factory=dict)
