"""Commands on what people decide: flags, restrictions and allowed profiles of pages. `set` shows the effect first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from operations import display
from operations.commands.shared import AsJson, StackOption, say, stated, warehouse_of
from settings.errors import ErosError

if TYPE_CHECKING:
    from operations.byhand.pool_effects import PoolEffect
    from operations.byhand.rule_tables import PageRule, RuleTable

app = typer.Typer()
flags = typer.Typer(help="Switches that need no deployment: list, show, set them.", no_args_is_help=True)
restrictions = typer.Typer(help="Captions that a page must not send: list, show, set.", no_args_is_help=True)
profiles = typer.Typer(help="Categories and tiers that a page may send: list, show, set.", no_args_is_help=True)
app.add_typer(flags, name="flags")
app.add_typer(restrictions, name="restrictions")
app.add_typer(profiles, name="profiles")

Page = Annotated[str, typer.Argument(metavar="PAGE", help="Page, as in active_creators.")]
Yes = Annotated[bool, typer.Option("--yes", help="Agree beforehand.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the effect, write nothing.")]
EvenSo = Annotated[bool, typer.Option("--even-so", help="With --yes: also where nothing is left to select.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decided it (default: the account).")]
Off = Annotated[bool, typer.Option("--off", help="Lift it; what it says is kept, and set PAGE puts it in force again.")]
Words = list[str] | None


@dataclass(frozen=True, slots=True)
class Manner:
    """How a change is asked for."""

    yes: bool
    dry_run: bool
    even_so: bool
    by: str
    as_json: bool


@flags.command("list")
def list_flags(stack: StackOption, as_json: AsJson = False) -> None:
    """List the flags: live value, declared value, who set them when."""
    from operations.byhand import flag_switches

    found = flag_switches.flags(warehouse_of(stack))
    if as_json:
        display.print_json([_flag_json(one) for one in found])
        return
    rows = (
        (one.name, _on(one.live), _on(one.declared), display.both_zones(one.updated_at), one.updated_by, one.note)
        for one in found
    )
    display.console().print(display.table(("flag", "live", "declared", "set", "by", "which is"), rows))


@flags.command("show")
def show_flag(
    name: Annotated[str, typer.Argument(metavar="FLAG")], stack: StackOption, as_json: AsJson = False
) -> None:
    """Show one flag and what it is for."""
    from catalog.reference_data import meaning_of_flags
    from operations.byhand import flag_switches
    from operations.project import find_root

    one = flag_switches.find(flag_switches.flags(warehouse_of(stack)), name)
    meaning = meaning_of_flags(find_root()).get(one.name, "")
    if as_json:
        display.print_json({**_flag_json(one), "meaning": meaning})
        return
    console = display.console()
    console.print(f"{one.name}: {_on(one.live)} (config/flags.yaml: {_on(one.declared)}); {one.note}")
    if one.updated_at:
        console.print(f"set {display.both_zones(one.updated_at)} by {one.updated_by or '?'}")
    if meaning:
        console.print(meaning)


@flags.command("set")
def set_flag(
    name: Annotated[str, typer.Argument(metavar="FLAG")],
    value: Annotated[str, typer.Argument(metavar="on|off")],
    stack: StackOption,
    by: By = "",
    yes: Yes = False,
    even_so: EvenSo = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Turn a flag, after its effect on the pools of all restricted pages was shown."""
    from operations.byhand import flag_switches

    if value.lower() not in ("on", "off"):
        raise ErosError(f"{value!r} is neither on nor off; nothing was changed", fix=f"eros flags set {name} off")
    is_on, warehouse = value.lower() == "on", warehouse_of(stack)
    one = flag_switches.find(flag_switches.flags(warehouse), name)
    if one.live == is_on:
        raise ErosError(f"{name} is {value.lower()} already; nothing was changed", fix="eros flags list")
    effect = flag_switches.effect(warehouse, one, is_on=is_on)
    changes = [f"{one.name}: {_on(one.live)} -> {_on(is_on)} (config/flags.yaml declares {_on(one.declared)})"]
    manner = Manner(yes, dry_run, even_so, by, as_json)
    if _goes_on(changes, effect, manner):
        flag_switches.save(warehouse, one, by, is_on=is_on)
        say(f"{name} is {_on(is_on)}, and stays so: deployments add flags that are absent and change none")
    _end({"flag": one.name, "changes": changes}, effect, manner)


@restrictions.command("list")
def list_restrictions(stack: StackOption, as_json: AsJson = False) -> None:
    """List the restriction of each page that has or had one."""
    from operations.byhand.rule_tables import RESTRICTIONS

    _list(RESTRICTIONS, stack, as_json)


@restrictions.command("show")
def show_restriction(page: Page, stack: StackOption, as_json: AsJson = False) -> None:
    """Show the restriction of a page."""
    from operations.byhand.rule_tables import RESTRICTIONS

    _show(RESTRICTIONS, stack, page, as_json)


@restrictions.command("set")
def set_restriction(
    page: Page,
    stack: StackOption,
    hard: Annotated[
        Words, typer.Option(metavar="RE2", help="Never sent; repeat for more. States the whole list.")
    ] = None,
    soft: Annotated[Words, typer.Option(metavar="RE2", help="Rather not sent; likewise.")] = None,
    category: Annotated[Words, typer.Option(help="Categories that are never sent; likewise.")] = None,
    tier: Annotated[Words, typer.Option(help="Price tiers that are never sent; likewise.")] = None,
    scope: Annotated[str | None, typer.Option(metavar="S", help="ALL, PPV_ONLY or BUMP_ONLY.")] = None,
    min_ppv: Annotated[int | None, typer.Option(min=0, help="PPV captions that must be left (default: 200).")] = None,
    min_bump: Annotated[int | None, typer.Option(min=0, help="Bumps that must be left (default: 50).")] = None,
    text: Annotated[str | None, typer.Option(help="The restriction in the creator's words.")] = None,
    clear: Annotated[Words, typer.Option(metavar="OPTION", help="Empty it: hard, soft, category, min-ppv ...")] = None,
    off: Off = False,
    by: By = "",
    yes: Yes = False,
    even_so: EvenSo = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Restrict a page, after the effect on its pool was shown. What is not named stays as it is; versions are kept."""
    from operations.byhand.rule_tables import RESTRICTIONS, SCOPES

    if scope is not None and scope.upper() not in SCOPES:
        raise ErosError(f"--scope {scope}: no such scope; nothing was changed", fix=f"one of {', '.join(SCOPES)}")
    options = {
        "hard": ("hard_patterns", hard),
        "soft": ("soft_patterns", soft),
        "category": ("restricted_categories", category),
        "tier": ("restricted_price_tiers", tier),
        "scope": ("applies_to_scope", scope.upper() if scope else None),
        "min-ppv": ("min_ppv_pool", min_ppv),
        "min-bump": ("min_bump_pool", min_bump),
        "text": ("restriction_text", text),
    }
    manner = Manner(yes, dry_run, even_so, by, as_json)
    _set(RESTRICTIONS, stack, page, _asked(RESTRICTIONS, options, clear or ()), manner, off=off)


@profiles.command("list")
def list_profiles(stack: StackOption, as_json: AsJson = False) -> None:
    """List the allowed profile of each page that has or had one."""
    from operations.byhand.rule_tables import PROFILES

    _list(PROFILES, stack, as_json)


@profiles.command("show")
def show_profile(page: Page, stack: StackOption, as_json: AsJson = False) -> None:
    """Show the allowed profile of a page."""
    from operations.byhand.rule_tables import PROFILES

    _show(PROFILES, stack, page, as_json)


@profiles.command("set")
def set_profile(
    page: Page,
    stack: StackOption,
    ppv_category: Annotated[
        Words, typer.Option(help="Categories that may sell; repeat. States the whole list.")
    ] = None,
    ppv_tier: Annotated[Words, typer.Option(help="Price tiers that may sell; likewise.")] = None,
    bump_category: Annotated[Words, typer.Option(help="Categories of bumps; likewise.")] = None,
    bump_tier: Annotated[Words, typer.Option(help="Price tiers of bumps; likewise.")] = None,
    notes: Annotated[str | None, typer.Option(help="Free text.")] = None,
    clear: Annotated[Words, typer.Option(metavar="OPTION", help="Empty it, which allows all: ppv-category ...")] = None,
    off: Off = False,
    by: By = "",
    yes: Yes = False,
    even_so: EvenSo = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Allow a page only some categories and tiers, after the effect on its pool was shown. What is not named stays."""
    from operations.byhand.rule_tables import PROFILES

    options = {
        "ppv-category": ("ppv_allowed_categories", ppv_category),
        "ppv-tier": ("ppv_allowed_price_tiers", ppv_tier),
        "bump-category": ("bump_allowed_categories", bump_category),
        "bump-tier": ("bump_allowed_price_tiers", bump_tier),
        "notes": ("notes", notes),
    }
    manner = Manner(yes, dry_run, even_so, by, as_json)
    _set(PROFILES, stack, page, _asked(PROFILES, options, clear or ()), manner, off=off)


def _asked(table: RuleTable, options: Mapping[str, tuple[str, Any]], cleared: Sequence[str]) -> dict[str, Any]:
    """What is to stand in which column: of the options that were stated, and nothing where one is cleared."""
    if unknown := [option for option in cleared if option not in options]:
        raise ErosError(
            f"--clear {unknown[0]}: no such option; nothing was changed", fix=f"one of {', '.join(options)}"
        )
    empty: dict[str, Any] = {
        name: [] if name in table.lists else None if name in table.numbers else ""
        for name, _ in (options[option] for option in cleared)
    }
    return stated(**dict(options.values())) | empty


def _list(table: RuleTable, stack: str, as_json: bool) -> None:
    from operations.byhand.rule_tables import stored

    found = stored(warehouse_of(stack), table)
    if as_json:
        display.print_json([_rule_json(one) for one in found])
        return
    heads = ("page", "state", *(name.replace("_", " ") for name in table.lists), "updated", "by")
    rows = (
        (
            one.page,
            _on(one.is_on),
            *(len(one.values[name]) for name in table.lists),
            one.updated_at.date(),
            one.updated_by,
        )
        for one in found
    )
    display.console().print(display.table(heads, rows))
    if not found:
        say(f"no page has a {table.entity}")


def _show(table: RuleTable, stack: str, text: str, as_json: bool) -> None:
    from operations.byhand.rule_tables import stored
    from operations.weeks.page_facts import page_name

    page = page_name(text)
    found = stored(warehouse_of(stack), table, page)
    if not found:
        raise ErosError(f"{page} has no {table.entity}", fix=f"eros {table.entity}s list shows who has one")
    if as_json:
        display.print_json(_rule_json(found[0]))
        return
    one, console = found[0], display.console()
    version = f", version {one.version}" if one.version else ""
    said = f"{display.both_zones(one.updated_at)} by {one.updated_by or '?'}"
    console.print(f"{table.entity} of {page}: {_on(one.is_on)}{version}, set {said}")
    for name in table.columns:
        values = one.values[name] if name in table.lists else [one.values[name]]
        for value in values:
            if value not in ("", None):
                console.print(f"  {name.replace('_', ' ')}: {value}")


def _set(table: RuleTable, stack: str, text: str, asked: Mapping[str, Any], manner: Manner, *, off: bool) -> None:
    from operations.byhand import flag_switches, known_pages, pool_effects, rule_tables
    from operations.weeks.page_facts import page_name

    page, warehouse = page_name(text), warehouse_of(stack)
    if not off:
        known_pages.known_page(warehouse, page, datetime.now(UTC))
    before = next(iter(rule_tables.stored(warehouse, table, page)), None)
    made = rule_tables.changed(table, page, before, asked, off=off)
    rule_tables.check_words(warehouse, table, asked)
    effect = pool_effects.effect_of(warehouse, table.try_, [page], **made.parameters(), by=manner.by)
    changes = list(rule_tables.differences(table, before, made))
    if table is rule_tables.RESTRICTIONS and not flag_switches.restricts(warehouse):
        changes.append(f"! {flag_switches.RESTRICTS} is off: no restriction takes effect until it is on again")
    if _goes_on(changes, effect, manner):
        rule_tables.save(warehouse, table, made, before, manner.by)
        say(f"written; it holds from the next selection on. Look at {page}: eros page {page} -s {stack}")
    _end({"page": page, "changes": changes}, effect, manner)


def _goes_on(changes: Sequence[str], effect: PoolEffect | None, manner: Manner) -> bool:
    """Shows what would change and what that does; whether it is to be written. Errors: ErosError, NotConfirmed."""
    from operations.byhand import hand_changes, pool_effects

    for line in (*changes, *(pool_effects.lines(effect) if effect else ("no pool depends on it",))):
        (say if manner.as_json else display.console().print)(line)
    if manner.dry_run:
        return False
    if effect and effect.grave and manner.yes and not manner.even_so:
        one = effect.grave[0]
        message = f"nothing {one.scope} would be selected for {one.page} any more; nothing was changed"
        raise ErosError(message, fix="narrow it, or --even-so")
    return hand_changes.agreed("Write it?", yes=manner.yes, prompt=lambda prompt: input(prompt), say=say)


def _end(document: dict[str, Any], effect: PoolEffect | None, manner: Manner) -> None:
    from operations.byhand import pool_effects

    if manner.dry_run:
        say("a dry run: nothing was written")
    if manner.as_json:
        display.print_json({**document, "effect": pool_effects.as_json(effect) if effect else None})


def _rule_json(one: PageRule) -> dict[str, Any]:
    order = {"version": one.version} if one.version else {}
    return {
        "page": one.page,
        "isOn": one.is_on,
        **one.values,
        **order,
        "updatedAt": one.updated_at,
        "by": one.updated_by,
    }


def _flag_json(one: Any) -> dict[str, Any]:
    state = {"flag": one.name, "live": one.live, "declared": one.declared}
    return {**state, "updatedAt": one.updated_at, "by": one.updated_by, "note": one.note}


def _on(value: bool | None) -> str:
    return "not set" if value is None else "on" if value else "off"
