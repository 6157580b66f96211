"""The providers of a run: which are attached, which are configured, and the ones that the engine makes itself."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping

from embedded_engine import urns
from embedded_engine.errors import EngineError, ProviderError, Refused
from embedded_engine.provider import Provider
from embedded_engine.snapshot import Snapshot
from embedded_engine.state import Goal, State
from embedded_engine.values import Properties, contains, is_unknown

VARIABLE = "PULUMI_DEBUG_PROVIDERS"
# Key of a provider's inputs that belongs to the engine and is never sent to the provider.
_INTERNAL = "__internal"


class Attached:
    """The providers that the environment says are running; the engine never starts one."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._ports: dict[str, str] = {}
        for entry in filter(None, environment.get(VARIABLE, "").split(",")):
            package, _, port = entry.strip().partition(":")
            if not package or not port.isdigit():
                raise EngineError(f"{VARIABLE} must look like `package:port`, not {entry!r}")
            self._ports[package] = port

    def port(self, package: str) -> str:
        """The port of a package's provider; refuses packages that are not attached."""
        if package not in self._ports:
            raise Refused(
                f"the provider {package}: it works only with providers that {VARIABLE} attaches "
                f"({', '.join(sorted(self._ports)) or 'none'}), so it never touches a real cloud"
            )
        return self._ports[package]

    def check(self, states: list[State]) -> None:
        """Refuses a state with resources of providers that are not attached."""
        for state in states:
            if state.is_provider:
                self.port(urns.package_of(state.type))

    def check_any(self) -> None:
        """Refuses to run a program when no provider is attached: whatever it deploys would be refused."""
        if not self._ports:
            raise Refused(f"deploying without attached providers ({VARIABLE} is not set)")


class Providers:
    """Connections to providers by provider reference."""

    def __init__(self, attached: Attached, snapshot: Snapshot, package_config: Callable[[str], Properties]) -> None:
        self._attached, self._snapshot, self._package_config = attached, snapshot, package_config
        self._configured: dict[str, Provider] = {}
        self._opened: list[Provider] = []
        self._defaults: dict[tuple[str, str, str], str] = {}
        self._lock, self._defaults_lock = threading.RLock(), threading.Lock()
        self.engine_address = ""

    def connect(self, package: str) -> Provider:
        """A connection that is not configured yet."""
        provider = Provider(package, self._attached.port(package), self.engine_address)
        with self._lock:
            self._opened.append(provider)
        return provider

    def configure(self, state: State, inputs: Properties, provider: Provider) -> Properties:
        """Configures a connection for a provider resource; returns the resource's outputs."""
        visible = without_engine_keys(inputs)
        if contains(visible, is_unknown):
            raise Refused(f"the provider {state.name}, whose configuration is known only after the update")
        provider.configure(state.urn, state.id, visible)
        with self._lock:
            self._configured[f"{state.urn}::{state.id}"] = provider
        return visible

    def of(self, reference: str) -> Provider:
        """The configured provider of a reference; one that the program did not register comes from the state."""
        with self._lock:
            if reference not in self._configured:
                state = self._snapshot.find(*urns.split_reference(reference))
                if state is None:
                    raise ProviderError(f"unknown provider {reference}")
                self.configure(state, state.inputs, self.connect(urns.package_of(state.type)))
            return self._configured[reference]

    def default(self, package: str, version: str, url: str, register: Callable[[Goal], State]) -> str:
        """The reference of the engine's own provider for a package, registered when it is first needed."""
        key = (package, version, url)
        with self._defaults_lock:
            if key not in self._defaults:
                self._attached.port(package)
                name = "default" + (f"_{re.sub('[-+.]', '_', version)}" if version else "")
                inputs = {**self._package_config(package), **engine_keys(version, url)}
                state = register(Goal(urns.provider_type(package), name, custom=True, properties=inputs))
                self._defaults[key] = f"{state.urn}::{state.id}"
            return self._defaults[key]

    def cancel(self) -> None:
        """Asks all providers to give up what they are doing."""
        with self._lock:
            opened = list(self._opened)
        for provider in opened:
            try:
                provider.cancel()
            except ProviderError:
                continue  # it is gone, or does not stop: the steps under way will tell

    def close(self) -> None:
        """Ends all connections."""
        for provider in self._opened:
            provider.close()


def engine_keys(version: str, url: str) -> Properties:
    """The keys that the engine itself adds to the inputs of a provider; none for one without a version."""
    internal: Properties = {_INTERNAL: {"pluginDownloadURL": url} if url else {}}
    return {**({"version": version} if version else {}), **(internal if version or url else {})}


def without_engine_keys(inputs: Properties) -> Properties:
    """The inputs of a provider as the provider itself sees them."""
    return {key: value for key, value in inputs.items() if key != _INTERNAL}


def checked_config(checked: Properties, news: Properties) -> Properties:
    """What CheckConfig returned, with the engine's keys put back."""
    return {**checked, **{key: news[key] for key in ("version", _INTERNAL) if key in news}}
