"""Expressions: JSONata, parsed at registration, cached, and bounded in time, depth, size and memory.

Layer: domain.
"""

from chalicelib.domain.expressions.compiled import Expression, Validation, compile_expression, compile_validation
from chalicelib.domain.expressions.errors import ExpressionFailure, ExpressionSyntaxError
from chalicelib.domain.expressions.mappings import CompiledMapping, compile_mapping, is_expression_value
from chalicelib.domain.expressions.nothing import NOTHING, Nothing
from chalicelib.domain.expressions.reads import ROOTS

__all__ = [
    "NOTHING",
    "ROOTS",
    "CompiledMapping",
    "Expression",
    "ExpressionFailure",
    "ExpressionSyntaxError",
    "Nothing",
    "Validation",
    "compile_expression",
    "compile_mapping",
    "compile_validation",
    "is_expression_value",
]
