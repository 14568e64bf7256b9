"""Errors of packaging and deployment: the person at the terminal reads the message, so it names the remedy."""

from __future__ import annotations

from chalicelib.domain.errors import WeftError


class PackagingError(WeftError):
    """The artefact cannot be built. The message says what is wrong with the sources or the machine."""

    code = "PackagingError"


class DeploymentFailed(WeftError):
    """CloudFormation refused the template or rolled the stack back. The message holds its reasons."""

    code = "DeploymentFailed"
