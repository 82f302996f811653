"""The description both files are made from: what stands where, and which way things go.

The names are those of `infra/`; the offline band names the processes of `make up`.
"""

from __future__ import annotations

from diagrams.model import Area, Arrow, Card, End, Figure, Note

# AWS's category colours
STORAGE, INTEGRATION, ANALYTICS = "#5B8A12", "#E7157B", "#8C4FFF"
AI, DATABASE, COMPUTE, SECURITY = "#01A88D", "#C925D1", "#D86613", "#DD344C"
INK, MUTED, REGION, NETWORK = "#232F3E", "#5A6B86", "#00A4A6", "#8C4FFF"
FAILURE = "#D13212"

AREAS = (
    Area("aws", 164, 58, 968, 706, "AWS: one account, one region", INK),
    Area("states", 622, 84, 492, 202, "Step Functions: one execution a file", INTEGRATION, "#FFF6FA"),
    Area("vpc", 392, 318, 528, 432, "VPC: no way to the internet", NETWORK, "#FAF8FF"),
    Area("zone_a", 474, 348, 232, 390, "Private subnet, zone a", REGION, "#F2FAFA", title_size=13),
    Area("zone_b", 718, 348, 190, 390, "Private subnet, zone b", REGION, "#F2FAFA", title_size=13),
    Area(
        "offline", 18, 806, 1270, 184, "Offline: the same infra/ and glue/, another endpoint", INK, "#F4F6F8"
    ),
)

CARDS = (
    # outside AWS
    Card("csv", 18, 104, 122, 60, "CSV", ("upload",), MUTED, "file"),
    Card("code", 18, 684, 122, 66, "Code", ("infra/", "glue/"), MUTED, "code"),
    Card("operator", 1148, 568, 140, 60, "Operator", (":15432",), MUTED, "laptop", dashed=True),
    Card("bi", 1148, 648, 140, 60, "BI", ("SQL, TLS",), MUTED, "chart"),
    # from the file to the state machine
    Card("bronze", 180, 104, 190, 60, "S3 Bronze", ("bronze/<dataset>/",), STORAGE, "bucket"),
    Card("events", 410, 104, 180, 60, "EventBridge", ("Object Created",), INTEGRATION, "event"),
    Card("dlq", 410, 216, 180, 60, "SQS", ("dead-letter queue",), INTEGRATION, "queue"),
    Card("guard", 638, 116, 118, 54, "Guard", ("a known CSV?",), INTEGRATION),
    Card("silver_step", 800, 116, 126, 54, "Silver", ("--step silver",), INTEGRATION),
    Card("gold_step", 970, 116, 126, 54, "Gold", ("--step gold",), INTEGRATION),
    Card("failed", 638, 220, 458, 50, "Failed", ("a note in S3, a message, the error's name",), FAILURE),
    # storage beside the VPC
    Card("silver", 180, 396, 190, 60, "S3 Silver", ("Delta, quarantine",), STORAGE, "bucket"),
    Card("assets", 180, 490, 190, 60, "S3 assets", ("script, wheels",), STORAGE, "bucket"),
    # in the VPC
    Card("gateway", 404, 397, 58, 58, "", (), NETWORK, "gateway"),
    Card("glue", 486, 394, 208, 64, "Glue 4.0 job", ("Spark 3.3, Python 3.10",), ANALYTICS, "funnel"),
    Card(
        "endpoints",
        532,
        484,
        364,
        66,
        "Interface endpoints",
        ("bedrock-runtime, secretsmanager, kms, sts,", "logs, monitoring, glue"),
        NETWORK,
        "endpoint",
    ),
    Card("diag", 532, 572, 162, 52, "Diagnostic", ("off by default",), COMPUTE, "terminal", dashed=True),
    Card("primary", 486, 648, 208, 60, "RDS PostgreSQL", ("gold_db, Multi-AZ",), DATABASE, "database"),
    Card("standby", 730, 648, 166, 60, "Standby", ("synchronous",), DATABASE, "database"),
    # regional services
    Card("sns", 944, 326, 172, 60, "SNS", ("failures, alarms",), INTEGRATION, "bell"),
    Card("bedrock", 944, 412, 172, 60, "Bedrock", ("Converse API",), AI, "spark"),
    Card("secrets", 944, 487, 172, 60, "Secrets, KMS", ("STS, CloudWatch",), SECURITY, "lock"),
    Card("session", 944, 572, 172, 52, "Session Mgr", ("port 5432",), COMPUTE, "terminal", dashed=True),
    # offline
    Card(
        "localstack",
        36,
        874,
        430,
        96,
        "LocalStack 4.14.0 + the glue-app plugin",
        (
            "its own S3, EventBridge, Step Functions, SQS, SNS,",
            "KMS, Secrets Manager, CloudWatch, EC2, IAM",
            "ours: Glue, RDS, Bedrock, Session Manager",
        ),
        INK,
        "server",
    ),
    Card(
        "runner",
        484,
        874,
        264,
        96,
        "Glue runner",
        ("real Spark 3.3.0 and Delta,", "Python 3.10, Glue's modules,", "the job role's session"),
        ANALYTICS,
        "funnel",
    ),
    Card(
        "stub",
        772,
        874,
        238,
        96,
        "Bedrock stub",
        ("FastAPI: Converse,", "InvokeModel, streams,", "throttling on demand"),
        AI,
        "spark",
    ),
    Card(
        "postgres",
        1034,
        874,
        236,
        96,
        "PostgreSQL",
        ("real servers: TLS, roles,", "a synchronous standby,", "an address of its own"),
        DATABASE,
        "database",
    ),
)

NOTES = (
    Note("title", 18, 14, "glue-app", 24, INK, bold=True),
    Note(
        "subtitle",
        128,
        21,
        "A CSV from Bronze to Gold: one Terraform configuration, one Glue script, AWS or offline",
        15,
    ),
    Note("sync_label", 644, 294, "startJobRun.sync", 13, INTEGRATION),
    Note("gateway_label", 433, 459, "S3 gateway\nendpoint", 12, NETWORK, align="center"),
    Note("key_failure", 180, 612, "red: when something fails", 14, FAILURE),
    Note("key_optional", 180, 634, "orange: only with diag_enabled", 14, COMPUTE),
    Note("copy_label", 509, 590, "COPY", 12, DATABASE, align="right"),
    Note("apply_label", 18, 662, "terraform apply", 13, INK),
    Note("tflocal_label", 88, 770, "tflocal apply", 13, INK),
    Note(
        "endpoint_label",
        1270,
        812,
        "AWS_ENDPOINT_URL=http://127.0.0.1:4566",
        14,
        INK,
        bold=True,
        align="right",
    ),
    Note("for_localstack", 36, 848, "for the services around the job", 13),
    Note("for_glue", 484, 848, "for Glue", 13, ANALYTICS, bold=True),
    Note("for_bedrock", 772, 848, "for Bedrock", 13, AI, bold=True),
    Note("for_rds", 1034, 848, "for RDS", 13, DATABASE, bold=True),
)

ARROWS = (
    Arrow("upload", End("csv", "right"), End("bronze", "left")),
    Arrow("created", End("bronze", "right"), End("events", "left")),
    Arrow("start", End("events", "right"), End("guard", "left", -9), ((606, 134),)),
    Arrow("undelivered", End("events", "bottom"), End("dlq", "top"), dashed=True),
    Arrow("accepted", End("guard", "right"), End("silver_step", "left")),
    Arrow("stored", End("silver_step", "right"), End("gold_step", "left")),
    Arrow("refused", End("guard", "bottom"), End("failed", "top", -170), color=FAILURE, dashed=True),
    Arrow(
        "silver_failed", End("silver_step", "bottom"), End("failed", "top", -4), color=FAILURE, dashed=True
    ),
    Arrow("gold_failed", End("gold_step", "bottom"), End("failed", "top", 166), color=FAILURE, dashed=True),
    Arrow("told", End("failed", "bottom", 163), End("sns", "top"), color=FAILURE, dashed=True),
    Arrow("run", End("states", "bottom", -232), End("glue", "top", 46), color=INTEGRATION),
    Arrow("read", End("bronze", "bottom", 70), End("gateway", "top"), ((345, 376), (433, 376)), STORAGE),
    Arrow("merge", End("silver", "right"), End("gateway", "left"), (), STORAGE, both=True),
    Arrow("fetch", End("assets", "right"), End("gateway", "left", 16), ((382, 520), (382, 442)), STORAGE),
    Arrow("s3", End("gateway", "right"), End("glue", "left"), (), STORAGE, both=True),
    Arrow("calls", End("glue", "bottom", 22), End("endpoints", "top", -102)),
    Arrow("converse", End("endpoints", "right", -14), End("bedrock", "left"), ((930, 503), (930, 442)), AI),
    Arrow("secret", End("endpoints", "right"), End("secrets", "left")),
    Arrow("load", End("glue", "bottom", -74), End("primary", "top", -74), (), DATABASE),
    Arrow("replicate", End("primary", "right"), End("standby", "left"), (), DATABASE),
    Arrow("query", End("primary", "bottom"), End("bi", "bottom"), ((590, 724), (1218, 724)), DATABASE),
    Arrow("forward", End("diag", "bottom", -23), End("primary", "top"), (), COMPUTE, dashed=True),
    Arrow("session_to", End("session", "left"), End("diag", "right"), (), COMPUTE, dashed=True),
    Arrow("operate", End("operator", "left"), End("session", "right"), (), COMPUTE, dashed=True),
    Arrow("apply_aws", End("code", "right"), End("aws", "left", 306), (), INK),
    Arrow("apply_offline", End("code", "bottom"), End("offline", "top", -574), (), INK),
)

FIGURE = Figure("glue-app", 1306, 1008, AREAS, ARROWS, CARDS, NOTES)
