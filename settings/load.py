"""Reads the stack's configuration: the one place that knows `pulumi.Config` and the environment's endpoints."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, TypeVar, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from settings.errors import SettingsError
from settings.model import ProjectSettings, Settings
from settings.types import REGIONS_OF

Stated = TypeVar("Stated", bound=ProjectSettings)
ENDPOINT_SUFFIX = "_CUSTOM_ENDPOINT"
EMULATOR_SUFFIX = "_EMULATOR_HOST"
# Keys whose empty value means something; Pulumi.yaml says what.
OPTIONAL = (
    *("alertTopic", "googleChatSpace", "slackTeam", "archiveBucket", "backupBucket", "sourceDataset"),
    *("billingAccount", "repository", "repositoryId", "stateBucket"),
    *("weekImage", "weekRegion"),
    *("controlPanel", "exportAccount", "exportSpreadsheet"),
)
ATTACHED_PROVIDERS = "PULUMI_DEBUG_PROVIDERS"


def load(model: type[Stated] = Settings) -> Stated:  # type: ignore[assignment]
    """Settings of the running stack. Errors: SettingsError with every wrong value, and what to type instead."""
    import pulumi  # slow to import, and the commands that only parse stack files need none of it

    namespace = f"{pulumi.get_project()}:"
    stated = pulumi.runtime.config.CONFIG.get()
    values = {key.removeprefix(namespace): value for key, value in stated.items() if key.startswith(namespace)}
    for key in values:
        is_hidden = pulumi.runtime.config.is_config_secret(namespace + key)
        if problem := secret_problem(model, pulumi.get_stack(), key, is_hidden=is_hidden):
            raise SettingsError(problem[0], fix=problem[1])
    plain = {key: value for key, value in values.items() if key not in model.SECRETS}
    settings = parse(pulumi.get_stack(), plain, model)
    check_environment(settings, os.environ)
    return settings


def load_secrets() -> dict[str, Any]:
    """The secrets that the running stack has, as outputs by key. `load` has seen that they are encrypted."""
    import pulumi

    config = pulumi.Config()
    found = {key: config.get_secret(key) for key in Settings.SECRETS}
    return {key: value for key, value in found.items() if value is not None}


def parse(stack: str, values: Mapping[str, str], model: type[Stated] = Settings) -> Stated:  # type: ignore[assignment]
    """Settings from configuration values as Pulumi hands them over: JSON for everything that is not a string."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    unknown = [key for key in values if key not in fields or key == "stack"]
    given: dict[str, Any] = {key: _decode(fields[key], value) for key, value in values.items() if key not in unknown}
    try:
        unset = {key: None for key in OPTIONAL if key in fields}
        settings = model.model_validate({"stack": stack, **unset, **given})
        problems = _contradictions(stack, settings) if isinstance(settings, Settings) else []
    except ValidationError as error:
        problems = [_problem(model, stack, dict(entry)) for entry in error.errors()]
    where = f"{model.FOLDER}/Pulumi.yaml".lstrip("/")
    problems += [
        f"{model.PROGRAM}:{key}: no such key\n  fix: {command(model, 'rm')} {key} -s {stack} (keys: {where})"
        for key in unknown
    ]
    if problems:
        raise SettingsError(f"the configuration of stack {stack} is wrong:\n" + "\n".join(problems))
    return settings


def command(model: type[ProjectSettings], verb: str) -> str:
    """The command that changes the configuration of the model's program, as typed in the folder of the platform."""
    return f"pulumi -C {model.FOLDER} config {verb}" if model.FOLDER else f"pulumi config {verb}"


def secret_problem(model: type[ProjectSettings], stack: str, key: str, *, is_hidden: bool) -> tuple[str, str] | None:
    """What is wrong with how a value is stored, and what to type: the commands that read stack files could open no
    secret, and a token in plain text is everybody's.
    """
    if is_hidden and key not in model.SECRETS:
        message = f"{model.PROGRAM}:{key} is stored as a secret, and it is a plain value"
        return message, f"{command(model, 'set')} {key} VALUE --plaintext -s {stack}"
    if not is_hidden and key in model.SECRETS:
        message = f"{model.PROGRAM}:{key} is stored in plain text, and it is a secret"
        fix = f"{command(model, 'set')} --secret {key} -s {stack}, with a new token: this one has been read"
        return message, fix
    return None


def _decode(field: FieldInfo, value: str) -> Any:
    """Text stays text; everything else is JSON. What is no JSON is left for the model to refuse."""
    if field.annotation in (bool, int) or get_origin(field.annotation) in (tuple, Mapping):
        try:
            decoded = json.loads(value)
        except json.JSONDecodeError:
            return value
        return tuple(decoded) if isinstance(decoded, list) else decoded
    return value or None


def _contradictions(stack: str, settings: Settings) -> list[str]:
    problems = [
        f"eros-platform:revokedAccess: {grant} is in datasetAccess too\n"
        f"  fix: take it out of one of them in Pulumi.{stack}.yaml"
        for grant in settings.revoked_access
        if grant in settings.dataset_access
    ]
    # https://docs.cloud.google.com/bigquery/docs/datasets#dataset-naming: names are case-sensitive, mydataset and
    # MyDataset are two. Refused all the same, as in objectNames: it is a slip, and the local cloud holds one of them.
    source = settings.source_dataset or settings.dataset
    if source != settings.dataset and source.lower() == settings.dataset.lower():
        problems.append(
            f"eros-platform:sourceDataset: {source!r} differs from dataset {settings.dataset!r} in case only, which are"
            f" two datasets to BigQuery\n  fix: pulumi config rm sourceDataset -s {stack} (sources lie in the dataset),"
            " or name a dataset that people can tell apart"
        )
    if settings.manage_sources and settings.source_dataset not in (None, settings.dataset):
        problems.append(
            f"eros-platform:sourceDataset: {settings.source_dataset!r} holds the sources of others, but manageSources"
            f" creates them in {settings.dataset}\n  fix: pulumi config set manageSources false -s {stack}, or"
            f" pulumi config rm sourceDataset -s {stack}"
        )
    inside = REGIONS_OF.get(settings.location, (settings.location, ""))[0]
    if not settings.week_place.startswith(inside):
        problems.append(
            f"eros-platform:weekRegion: {settings.week_region!r} lies outside {settings.location}, where the data is\n"
            f"  fix: pulumi config rm weekRegion -s {stack}"
        )
    return problems


def _problem(model: type[ProjectSettings], stack: str, error: dict[str, Any]) -> str:
    where = _path(error["loc"])
    if where == "stack":
        return f"stack name {stack!r}: {_reason(error)}\n  fix: pulumi stack rename NAME"
    key = f"--path '{where}'" if len(error["loc"]) > 1 else where
    if error["type"] == "missing" or error["input"] is None:
        see = f"{model.FOLDER}/Pulumi.yaml".lstrip("/")
        return f"{model.PROGRAM}:{where}: no value\n  fix: {command(model, 'set')} {key} VALUE -s {stack} (see {see})"
    value = "true" if error["type"].startswith("bool") else "VALUE"
    said = f"{model.PROGRAM}:{where}: {error['input']!r} {_reason(error)}"
    return f"{said}\n  fix: {command(model, 'set')} {key} {value} -s {stack}"


def _path(parts: tuple[int | str, ...]) -> str:
    """`key`, `key.field` or `key[0]`, as `pulumi config set --path` takes it."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")


# In the words of whoever writes YAML; the others are good as they are.
REASONS = {
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping of names to values",
    "mapping_type": "must be a mapping of names to values",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
}


def _reason(error: dict[str, Any]) -> str:
    if error["type"] in REASONS:
        return REASONS[error["type"]]
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def redirections(environment: Mapping[str, str]) -> list[str]:
    """Names of the variables that send calls for Google's APIs somewhere else."""
    return sorted(
        name
        for name, value in environment.items()
        if value
        and (
            (name.startswith("GOOGLE_") and name.endswith(ENDPOINT_SUFFIX))
            or name.endswith(EMULATOR_SUFFIX)
            or (name == ATTACHED_PROVIDERS and any(part.strip().startswith("gcp:") for part in value.split(",")))
        )
    )


def check_environment(settings: ProjectSettings, environment: Mapping[str, str]) -> None:
    """Keeps a real stack off emulated endpoints and a local stack off Google's.

    Without this, `pulumi up -s prod` in a shell with the local environment deploys to the emulator and records
    the result as prod.
    """
    found = redirections(environment)
    if found and not settings.is_local:
        raise SettingsError(
            f"stack {settings.stack} belongs to Google Cloud, but this shell sends its calls elsewhere: "
            + ", ".join(found),
            fix='eval "$(eros local env --unset)" (or unset these variables), then run the command again',
        )
    if settings.is_local and not found:
        raise SettingsError(
            f"stack {settings.stack} runs on the local cloud, but this shell points to Google Cloud",
            fix='eros local up, then eval "$(eros local env)"',
        )
