"""Which operations of Systems Manager are answered by LocalStack and moto; docs/parity.md shows the same."""

from __future__ import annotations

#: answered by LocalStack's own provider, which knows Secrets Manager's parameters and names given by path
LOCALSTACK_OPERATIONS: frozenset[str] = frozenset(
    {"DeleteParameter", "GetParameter", "GetParameters", "LabelParameterVersion", "PutParameter"}
)

#: answered by moto alone
MOTO_OPERATIONS: frozenset[str] = frozenset(
    {
        "AddTagsToResource",
        "CreateDocument",
        "DeleteDocument",
        "DeleteParameters",
        "DescribeDocument",
        "DescribeDocumentPermission",
        "DescribeParameters",
        "GetParameterHistory",
        "GetParametersByPath",
        "ListDocuments",
        "ListTagsForResource",
        "RemoveTagsFromResource",
        "UnlabelParameterVersion",
        "UpdateDocument",
        "UpdateDocumentDefaultVersion",
    }
)
