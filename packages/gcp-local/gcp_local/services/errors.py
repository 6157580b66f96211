"""Errors as Google's APIs answer them: code, status, message and details. Owns the wire form, not the wording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

STATUS_OF_CODE = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
}
REASON_OF_CODE = {
    400: "invalid",
    403: "forbidden",
    404: "notFound",
    409: "conflict",
    412: "conditionNotMet",
    501: "notImplemented",
    502: "backendError",
    503: "backendError",
}


class ApiError(Exception):
    """An answer that is not 200. `reason` is the word of the older `errors` list, for example `notFound`."""

    def __init__(
        self, code: int, message: str, *, status: str = "", reason: str = "", details: Sequence[Json] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or STATUS_OF_CODE.get(code, "UNKNOWN")
        self.reason = reason or REASON_OF_CODE.get(code, "badRequest")
        self.details = list(details)

    def body(self) -> Json:
        """The JSON answer, in the form that all of Google's clients read."""
        error: Json = {
            "code": self.code,
            "message": self.message,
            "status": self.status,
            "errors": [{"message": self.message, "domain": "global", "reason": self.reason}],
        }
        if self.details:
            error["details"] = self.details
        return {"error": error}


def invalid(message: str, *, field: str = "") -> ApiError:
    """400 INVALID_ARGUMENT; `field` names the violated field for clients that show it."""
    violation = {"field": field, "description": message} if field else {"description": message}
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
    return ApiError(400, message, reason="badRequest", details=[detail])


def failed_precondition(message: str) -> ApiError:
    """400 FAILED_PRECONDITION: the request is well formed but the cloud is not in a state for it."""
    return ApiError(400, message, status="FAILED_PRECONDITION", reason="failedPrecondition")


def not_found(message: str) -> ApiError:
    """404 NOT_FOUND."""
    return ApiError(404, message)


def already_exists(message: str) -> ApiError:
    """409 ALREADY_EXISTS."""
    return ApiError(409, message, reason="alreadyExists")


def not_emulated(what: str) -> ApiError:
    """501 that names the method or the feature that this cloud does not have."""
    return ApiError(501, f"{what} is not emulated by the local cloud. See COVERAGE.md.")
