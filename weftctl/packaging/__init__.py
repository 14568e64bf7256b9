"""Builds the CloudFormation artefact and deploys it.

Layer: tools; never shipped to Lambda. The artefact of a stage is ``build/<stage>/deployment.zip`` and
``build/<stage>/template.json``. It is the unit that the local runtime, CI and production deploy alike.

    fragments    infra/*.yaml into one template
    console      the web console, built by Node.js
                 (console_command: by hand, and its checks)
    node         which Node.js that is
    staging      an isolated copy of what ships, and Chalice run on it
    dependencies the wheels of requirements.txt, fetched, pruned, compiled and stripped once
    pruning      which files of the dependencies ship
    stripping    compiled extensions without what debuggers read
    archive      the zip: the same bytes from the same sources
    artefact     all of it, skipped when nothing changed
    lint         cfn-lint on the result
    cloudformation, deploy
                 a stack brought to a template, in AWS or in an emulator of it
"""

from weftctl.packaging.artefact import Artefact, build
from weftctl.packaging.errors import DeploymentFailed, PackagingError

__all__ = ["Artefact", "DeploymentFailed", "PackagingError", "build"]
