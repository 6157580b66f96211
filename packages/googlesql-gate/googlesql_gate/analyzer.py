"""Parses and analyzes single statements and expressions against a catalog."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2
from zetasql.wasi._pb2.zetasql.public import options_pb2, parse_resume_location_pb2

from googlesql_gate.catalog_builder import Catalog
from googlesql_gate.language import analyzer_options, language_options
from googlesql_gate.protos import Node, Proto
from googlesql_gate.sqltypes import SqlType
from googlesql_gate.wasm import Service

Variables = Mapping[str, SqlType]

_WORD = re.compile(r"\w+")


class Analyzer:
    """The service with BigQuery's language and one catalog that grows."""

    def __init__(self, service: Service | None = None) -> None:
        self.service = service or Service()
        self.language = language_options(self.service)
        self.catalog = Catalog(self.language)
        self._options = {flag: analyzer_options(self.language, in_handler=flag) for flag in (False, True)}
        self._registered: _Registered | None = None

    def parse(self, text: str) -> Node:
        """The parse tree of a script: an ASTScript."""
        request = local_service_pb2.ParseRequest(sql_statement=text, allow_script=True)
        request.options.CopyFrom(self.language)
        return Node(self.service.call("Parse", request, local_service_pb2.ParseResponse).parsed_script)

    def options(self, *, in_handler: bool = False, target: SqlType | None = None) -> Proto:
        """Options for one analysis; `target` is the type that the only column must be assignable to."""
        options = type(self._options[in_handler])()
        options.CopyFrom(self._options[in_handler])
        if target is not None:
            options.target_column_types.append(target.proto)
        return options

    def analyze(self, text: str, options: Proto, variables: Variables) -> Node:
        """The resolved tree of `text`, one statement; AnalyzerError when it is wrong."""
        request = local_service_pb2.AnalyzeRequest(options=options, sql_statement=text)
        return self._analyze(request, text, variables)

    def analyze_at(self, text: str, span: tuple[int, int], options: Proto, variables: Variables) -> Node:
        """The same for the statement at `span` (bytes) of a script; positions in errors are those of the script."""
        place = parse_resume_location_pb2.ParseResumeLocationProto(input=text, byte_position=span[0], allow_resume=True)
        request = local_service_pb2.AnalyzeRequest(options=options, parse_resume_location=place)
        return self._analyze(request, text.encode()[slice(*span)].decode(), variables)

    def analyze_dynamic(self, text: str, using: Sequence[tuple[str, SqlType]], variables: Variables) -> Node:
        """The text of EXECUTE IMMEDIATE with its USING arguments (name or '', type) as query parameters."""
        options = self.options()
        for name, data_type in using:
            if name:
                options.query_parameters.add(name=name).type.CopyFrom(data_type.proto)
            else:
                options.parameter_mode = options_pb2.PARAMETER_POSITIONAL
                options.positional_query_parameters.append(data_type.proto)
        return self.analyze(text, options, variables)

    def _analyze(self, request: Proto, text: str, variables: Variables) -> Node:
        request.registered_catalog_id = self._register(text, variables)
        answer = self.service.call("Analyze", request, local_service_pb2.AnalyzeResponse)
        return Node(answer).require("resolved_statement")

    def _register(self, text: str, variables: Variables) -> int:
        """The id of a registered catalog that is right for `text`.

        Registering takes about 20 ms, an analysis 2: so it is done anew only when `text` mentions a name that has
        changed since.
        """
        state = {(item.identity, item.key) for item in self.catalog.entries()}
        state |= {(("variable", name), data_type.key) for name, data_type in variables.items()}
        if self._registered is not None:
            if self._registered.serves(text, state, self.service.generation):
                return self._registered.id
            self._unregister(self._registered)
        request = local_service_pb2.RegisterCatalogRequest(simple_catalog=self.catalog.proto(variables))
        answer = self.service.call("RegisterCatalog", request, local_service_pb2.RegisterResponse)
        self._registered = _Registered(answer.registered_id, state, self.service.generation)
        return self._registered.id

    def _unregister(self, old: _Registered) -> None:
        self._registered = None
        if old.generation == self.service.generation:
            request = local_service_pb2.UnregisterRequest(registered_id=old.id)
            self.service.call("UnregisterCatalog", request, local_service_pb2.UnregisterRequest)


class _Registered:
    """A catalog that the service holds, and what was in it."""

    def __init__(self, id_: int, state: set[tuple[tuple[str, ...], bytes]], generation: int) -> None:
        self.id = id_
        self.generation = generation
        self._state = state

    def serves(self, text: str, state: set[tuple[tuple[str, ...], bytes]], generation: int) -> bool:
        """Whether nothing that `text` may mention differs."""
        if generation != self.generation:
            return False
        changed = {identity[-1] for identity, _ in state ^ self._state}
        if not changed:
            return True
        words = set(_WORD.findall(text.lower()))
        return not any(words.issuperset(_WORD.findall(name)) for name in changed)
