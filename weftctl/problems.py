"""From a refusal of the service to a message. Layer: command line. The service answers with RFC 9457 problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chalicelib.domain import jsonvalue
from weftctl.failures import ExitCode, ServiceFailure
from weftctl.findings import line_of

if TYPE_CHECKING:
    import httpx

RETRYABLE: Final = frozenset({429, 502, 503, 504})
INVALID_DEFINITION: Final = "InvalidDefinition"
REMEDIES: Final = {
    401: "Sign in with --token or --api-key (WEFT_TOKEN, WEFT_API_KEY).",
    403: "Ask for the right, or use another --token or --api-key.",
}


def is_retryable(response: httpx.Response) -> bool:
    """Whether the same request may succeed in a moment."""
    return response.status_code in RETRYABLE


def failure_from(response: httpx.Response) -> ServiceFailure:
    """What the command ends with for an answer that is no success: the problem's words, each finding on a line."""
    problem = _problem_of(response)
    status = response.status_code
    if problem is None:
        return ServiceFailure(
            f"{response.request.method} {response.request.url} was answered with {status}: {_excerpt(response)}",
            remedy=REMEDIES.get(status, "Check --endpoint: is a Weft service running there?"),
            status=status,
        )
    code = str(problem.get("code") or status)
    failure = ServiceFailure(
        f"{_words_of(problem)} [{code}]",
        remedy=REMEDIES.get(status, ""),
        details=[_finding_line(finding) for finding in problem.get("errors") or ()],
        code=code,
        status=status,
    )
    if code == INVALID_DEFINITION:
        failure.exit_code = ExitCode.USAGE
    return failure


def _problem_of(response: httpx.Response) -> dict[str, Any] | None:
    try:
        problem = jsonvalue.loads(response.content)
    except jsonvalue.JsonError:
        return None
    known = {"detail", "title", "code", "message"}
    return problem if isinstance(problem, dict) and known & problem.keys() else None


def _words_of(problem: dict[str, Any]) -> str:
    for name in ("detail", "message", "title"):
        if problem.get(name):
            return str(problem[name])
    return "The service refused the request."


def _finding_line(finding: Any) -> str:
    """One line for an entry of a problem's ``errors``, whatever it is."""
    return line_of(finding) if isinstance(finding, dict) else str(finding)


def _excerpt(response: httpx.Response) -> str:
    text = " ".join(response.text.split())
    return text[:200] or "an empty body"
