"""Definitions that AWS takes, written for these tests: each feature of the language at least once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

Json = dict[str, Any]

REPOSITORY = Path(__file__).resolve().parents[5]
ARN = "arn:aws:states:::"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:count-words"
ACTIVITY = "arn:aws:states:eu-west-1:123456789012:activity:sign-off"


def machine(*states: tuple[str, Json], **more: Any) -> Json:
    """States one after the other; the last ends."""
    body: Json = {}
    for index, (name, state) in enumerate(states):
        leaves = any(field in state for field in ("Next", "End", "Choices")) or state["Type"] in ("Succeed", "Fail")
        after = {} if leaves else ({"End": True} if index == len(states) - 1 else {"Next": states[index + 1][0]})
        body[name] = {**state, **after}
    return {"StartAt": states[0][0], "States": body, **more}


def task(resource: str, parameters: Any = None, **more: Any) -> Json:
    given = {} if parameters is None else {"Parameters": parameters}
    return {"Type": "Task", "Resource": resource if resource.startswith("arn:") else ARN + resource, **given, **more}


def ask(resource: str, arguments: Any = None, **more: Any) -> Json:
    given = {} if arguments is None else {"Arguments": arguments}
    return {"Type": "Task", "Resource": resource if resource.startswith("arn:") else ARN + resource, **given, **more}


def choice(*rules: Json, default: str | None = "Done") -> Json:
    last = {} if default is None else {"Default": default}
    return machine(
        ("Decide", {"Type": "Choice", "Choices": [{"Next": "Done", **rule} for rule in rules], **last}),
        ("Done", {"Type": "Succeed"}),
    )


def jsonata(*states: tuple[str, Json], **more: Any) -> Json:
    return machine(*states, QueryLanguage="JSONata", **more)


PASS = {"Type": "Pass"}
JOB = {"JobName": "nightly", "Arguments": {"--day.$": "$.day", "--step": "load"}}


def mapped(inner: Json | None = None, config: Json | None = None, **more: Any) -> Json:
    processor = {**(inner or machine(("Each", PASS)))}
    if config:
        processor["ProcessorConfig"] = config
    return machine(("Rows", {"Type": "Map", "ItemProcessor": processor, **more}))


DISTRIBUTED = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
RETRY = {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 1.5}

SOUND: dict[str, Json] = {
    "one pass": machine(("A", PASS)),
    "comment and version": machine(("A", {**PASS, "Comment": "rests"}), Comment="small", Version="1.0", TimeoutSeconds=60),
    "blanks in state names": machine(("Is it late?", PASS), ("Then 2 more (of 7)", PASS)),
    "pass result": machine(("A", {**PASS, "Result": {"n": [1, None]}, "ResultPath": "$.fixed"})),
    "pass result null path": machine(("A", {**PASS, "Result": 3, "ResultPath": None})),
    "input and output": machine(("A", {**PASS, "InputPath": "$.a[0].b", "OutputPath": "$..c[?(@.n > 3)]"})),
    "null paths": machine(("A", {**PASS, "InputPath": None, "OutputPath": None})),
    "context path": machine(("A", {**PASS, "InputPath": "$$.Execution.Input"})),
    "bracket paths": machine(("A", {**PASS, "Parameters": {"k.$": "$['a b']['c-d'][0]", "s.$": "$.list[1:3]", "w.$": "$.list[*].id"}})),
    "deep scan": machine(("A", {**PASS, "Parameters": {"k.$": "$..price", "l.$": "$.x[-1]", "m.$": "$.x[(@.length-1)]"}})),
    "all intrinsics": machine(("A", {**PASS, "Parameters": {
        "a.$": "States.Format('{} of \\'{}\\'', $.n, States.ArrayLength($.all))", "b.$": "States.StringToJson($.t)",
        "c.$": "States.JsonToString($)", "d.$": "States.Array(1, 'two', $.three, null, true)", "e.$": "States.ArrayPartition($.l, 4)",
        "f.$": "States.ArrayContains($.l, 5)", "g.$": "States.ArrayRange(1, 9, 2)", "h.$": "States.ArrayGetItem($.l, 0)",
        "i.$": "States.ArrayUnique($.l)", "j.$": "States.Base64Encode($.t)", "k.$": "States.Base64Decode('YQ==')",
        "l.$": "States.Hash($.t, 'SHA-256')", "m.$": "States.JsonMerge($.a, $.b, false)", "n.$": "States.MathRandom(1, 99)",
        "o.$": "States.MathAdd($.n, -1)", "p.$": "States.StringSplit($.t, ',')", "q.$": "States.UUID()", "r.$": "States.Array()",
    }})),
    "assign in jsonpath": machine(("A", {**PASS, "Assign": {"total.$": "$.n", "fixed": 4, "who.$": "$$.Execution.Name"}}), ("B", {**PASS, "Parameters": {"t.$": "$total", "u.$": "$fixed"}})),
    "wait seconds": machine(("W", {"Type": "Wait", "Seconds": 0})),
    "wait until": machine(("W", {"Type": "Wait", "Timestamp": "2027-03-01T08:00:00Z"})),
    "wait paths": machine(("W", {"Type": "Wait", "SecondsPath": "$.s"}), ("V", {"Type": "Wait", "TimestampPath": "$.t"})),
    "succeed": machine(("S", {"Type": "Succeed", "InputPath": "$.x", "OutputPath": "$.y"})),
    "bare fail": machine(("F", {"Type": "Fail"})),
    "fail with texts": machine(("F", {"Type": "Fail", "Error": "TooLate", "Cause": "It closed."})),
    "fail with paths": machine(("F", {"Type": "Fail", "ErrorPath": "$.error", "CausePath": "States.Format('because {}', $.why)"})),
    "strings": choice({"Variable": "$.a", "StringEquals": "x"}, {"Variable": "$.a", "StringLessThanPath": "$.b"}, {"Variable": "$.a", "StringMatches": "log-*.txt"}),
    "numbers": choice({"Variable": "$.a", "NumericGreaterThanEquals": 1.5}, {"Variable": "$.a", "NumericEqualsPath": "$.b"}),
    "booleans": choice({"Variable": "$.a", "BooleanEquals": False}, {"Variable": "$.a", "BooleanEqualsPath": "$.b"}),
    "times": choice({"Variable": "$.a", "TimestampLessThan": "2027-01-01T00:00:00Z"}, {"Variable": "$.a", "TimestampGreaterThanEqualsPath": "$.b"}),
    "kinds": choice(*({"Variable": "$.a", f"Is{kind}": True} for kind in ("Null", "Present", "Numeric", "String", "Boolean", "Timestamp"))),
    "nested choice": choice({"Not": {"Or": [{"Variable": "$.a", "IsNull": True}, {"And": [{"Variable": "$.b", "NumericEquals": 0}, {"Not": {"Variable": "$.c", "IsPresent": True}}]}]}}),
    "choice without default": choice({"Variable": "$.a", "BooleanEquals": True}, default=None),
    "choice of context": choice({"Variable": "$$.Execution.Input.kind", "StringEquals": "x"}),
    "choice assigns": choice({"Variable": "$.a", "IsPresent": True, "Assign": {"seen": True}, "Comment": "noted"}),
    "a loop with an end": {"StartAt": "A", "States": {"A": {**PASS, "Next": "B"}, "B": {"Type": "Choice", "Choices": [{"Variable": "$.again", "BooleanEquals": True, "Next": "A"}], "Default": "C"}, "C": {"Type": "Succeed"}}},
    "function": machine(("T", task(FUNCTION, {"word.$": "$.w", "anything": {"at": ["all"]}}))),
    "function version": machine(("T", task(FUNCTION + ":PROD", TimeoutSeconds=30))),
    "activity": machine(("T", task(ACTIVITY, HeartbeatSeconds=10, TimeoutSeconds=600))),
    "lambda invoke": machine(("T", task("lambda:invoke", {"FunctionName": FUNCTION, "Payload.$": "$", "Qualifier": "7"}, ResultSelector={"p.$": "$.Payload"}, ResultPath="$.r"))),
    "lambda token": machine(("T", task("lambda:invoke.waitForTaskToken", {"FunctionName": "f", "Payload": {"t.$": "$$.Task.Token"}}, HeartbeatSecondsPath="$.h", TimeoutSecondsPath="$.t"))),
    "glue": machine(("T", task("glue:startJobRun.sync", JOB))),
    "glue without waiting": machine(("T", task("glue:startJobRun", {**JOB, "NumberOfWorkers": 4, "WorkerType": "G.1X", "Timeout": 60, "NotificationProperty": {"NotifyDelayAfter": 5}}))),
    "sns": machine(("T", task("sns:publish", {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:news", "Message": {"any": ["json"]}, "MessageAttributes": {"k": {"DataType": "String", "StringValue": "v"}}}))),
    "sqs token": machine(("T", task("sqs:sendMessage.waitForTaskToken", {"QueueUrl": "https://q", "MessageBody": {"t.$": "$$.Task.Token"}}))),
    "child": machine(("T", task("states:startExecution.sync:2", {"StateMachineArn.$": "$.child", "Input": {"n": 3}, "Name.$": "States.UUID()"}))),
    "events": machine(("T", task("events:putEvents", {"Entries": [{"Source": "shop", "DetailType": "sold", "Detail": {"id.$": "$.id"}, "EventBusName": "b"}]}))),
    "dynamodb": machine(("T", task("dynamodb:putItem", {"TableName": "t", "Item": {"id": {"S.$": "$.id"}, "n": {"N": "1"}}}))),
    "batch": machine(("T", task("batch:submitJob.sync", {"JobName": "j", "JobQueue": "q", "JobDefinition": "d", "ContainerOverrides": {"Environment": [{"Name": "A", "Value": "b"}]}}))),
    "ecs": machine(("T", task("ecs:runTask.sync", {"Cluster": "c", "TaskDefinition": "d", "LaunchType": "FARGATE", "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["s"]}}}))),
    "athena": machine(("T", task("athena:startQueryExecution.sync", {"QueryString": "SELECT 1", "WorkGroup": "primary"}))),
    "http": machine(("T", task("http:invoke", {"ApiEndpoint": "https://x", "Method": "GET", "Authentication": {"ConnectionArn": "arn:c"}}))),
    "apigateway": machine(("T", task("apigateway:invoke", {"ApiEndpoint.$": "$.e", "Method": "POST", "Stage": "p", "RequestBody": {}}))),
    "sdk s3": machine(("T", task("aws-sdk:s3:putObject", {"Bucket": "b", "Key.$": "$.k", "Body.$": "$"}))),
    "sdk rds": machine(("T", task("aws-sdk:rds:describeDBInstances", {"DbInstanceIdentifier": "gold"}))),
    "sdk without parameters": machine(("T", task("aws-sdk:sts:getCallerIdentity"))),
    "sdk logs": machine(("T", task("aws-sdk:cloudwatchlogs:describeLogGroups", {"Limit": 5}))),
    "sdk token": machine(("T", task("aws-sdk:sfn:startExecution.waitForTaskToken", {"StateMachineArn": "arn", "Input": {"t.$": "$$.Task.Token"}}))),
    "other partition": machine(("T", task("arn:aws-cn:states:::sns:publish", {"TopicArn": "t", "Message": "m"}))),
    "credentials": machine(("T", task("aws-sdk:ec2:describeRegions", {}, Credentials={"RoleArn.$": "$.role"}))),
    "retry and catch": machine(("T", task(FUNCTION, Retry=[RETRY, {"ErrorEquals": ["States.ALL"], "MaxDelaySeconds": 30, "JitterStrategy": "FULL"}], Catch=[{"ErrorEquals": ["Mine", "States.Timeout"], "Next": "Bad", "ResultPath": "$.e"}, {"ErrorEquals": ["States.ALL"], "Next": "Bad", "ResultPath": None}], Next="Good")), ("Good", {"Type": "Succeed"}), ("Bad", {"Type": "Fail"})),
    "parallel": machine(("P", {"Type": "Parallel", "Branches": [machine(("L", PASS)), machine(("R", PASS), Comment="right")], "Parameters": {"a.$": "$.a"}, "ResultSelector": {"l.$": "$[0]"}, "ResultPath": "$.both", "Retry": [RETRY]})),
    "parallel in parallel": machine(("P", {"Type": "Parallel", "Branches": [machine(("Q", {"Type": "Parallel", "Branches": [machine(("X", {"Type": "Fail"}))]}))]})),
    "inline map": mapped(ItemsPath="$.rows", ItemSelector={"row.$": "$$.Map.Item.Value", "n.$": "$.n"}, MaxConcurrency=5),
    "map with iterator": machine(("M", {"Type": "Map", "Iterator": machine(("Each", PASS)), "Parameters": {"i.$": "$$.Map.Item.Index"}, "MaxConcurrencyPath": "$.c"})),
    "map mode": mapped(config={"Mode": "INLINE"}),
    "distributed map": mapped(config=DISTRIBUTED, Label="rows", ToleratedFailurePercentage=5, MaxConcurrency=100,
        ItemReader={"Resource": ARN + "s3:getObject", "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"], "MaxItems": 10}, "Parameters": {"Bucket": "b", "Key.$": "$.k"}},
        ItemBatcher={"MaxItemsPerBatch": 10, "MaxInputBytesPerBatch": 1000, "BatchInput": {"day.$": "$.day"}},
        ResultWriter={"Resource": ARN + "s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}}),
    "distributed express": mapped(config={"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, ItemReader={"Resource": ARN + "s3:listObjectsV2", "Parameters": {"Bucket": "b"}}, ToleratedFailureCountPath="$.n"),
    "distributed json": mapped(config=DISTRIBUTED, ItemReader={"Resource": ARN + "s3:getObject", "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$.m"}, "Parameters": {"Bucket": "b", "Key": "k"}}, ItemBatcher={"MaxItemsPerBatchPath": "$.n"}),
    "jsonata pass": jsonata(("A", {**PASS, "Output": {"n": "{% $states.input.n + 1 %}", "s": "plain"}, "Assign": {"x": "{% $sum($states.input.list) %}"}})),
    "jsonata whole output": jsonata(("A", {**PASS, "Output": "{% $merge([$states.input, {'at': $now()}]) %}"})),
    "jsonata functions": jsonata(("A", {**PASS, "Output": {
        "a": "{% $map($states.input.rows[price > 3 and kind = 'x'], function($r, $i) { {'n': $i, 'p': $r.price * 2} }) %}",
        "b": "{% ($t := $states.input.total; $t > 10 ? 'much' : 'little') %}", "c": "{% $states.input.rows^(>price).name %}",
        "d": "{% $states.input.rows{kind: $sum(price)} %}", "e": "{% $replace($states.input.s, /[a-z]+/i, '-') %}",
        "f": "{% [1..$count($states.input.rows)] %}", "g": "{% $states.input.text ~> $uppercase ~> $trim %}",
        "h": "{% $states.input ~> |rows|{'seen': true}, ['secret']| %}", "i": "{% $exists($states.input.`odd name`) ?: -1 %}",
        "j": "{% $states.context.Execution.Id & \"-\" & $string($random()) %}", "k": "{% 5 % 2 = 1 and 3 in [1,2,3] or false %}",
        "l": "{% $states.input.**.id[0] /* the first */ %}", "m": "{% $reduce($states.input.n, function($a, $b) { $a + $b }, 0) %}",
        "n": "{% $states.input.rows.{'n': name, 'p': price}[] %}", "o": "{% $parse('{}') %}", "p": "{% $states.input.rows@$r.tags#$i.{'r': $r.id} %}",
    }})),
    "jsonata task": jsonata(("T", ask("glue:startJobRun.sync", {"JobName": "j", "Arguments": {"--n": "{% $string($states.input.n) %}"}}, Output="{% $states.result.JobRunState %}", Assign={"id": "{% $states.result.Id %}"}, TimeoutSeconds="{% $states.input.t %}"))),
    "jsonata arguments at once": jsonata(("T", ask("lambda:invoke", "{% $states.input %}"))),
    "jsonata catch": jsonata(("T", ask(FUNCTION, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B", "Output": {"why": "{% $states.errorOutput.Cause %}"}, "Assign": {"e": "{% $states.errorOutput.Error %}"}}], Next="B")), ("B", {"Type": "Succeed", "Output": "{% $states.input %}"})),
    "jsonata choice": jsonata(("C", {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.n > 3 %}", "Next": "D", "Output": {"big": True}, "Assign": {"b": 1}}, {"Condition": True, "Next": "D"}], "Default": "D", "Output": "{% $states.input %}"}), ("D", {"Type": "Fail", "Error": "{% $states.input.e %}", "Cause": "none"})),
    "jsonata wait": jsonata(("W", {"Type": "Wait", "Seconds": "{% $states.input.s %}"}), ("V", {"Type": "Wait", "Timestamp": "{% $states.input.t %}", "Output": {}})),
    "jsonata parallel": jsonata(("P", {"Type": "Parallel", "Arguments": {"a": "{% $states.input.a %}"}, "Branches": [jsonata(("X", {**PASS, "Output": 1})) | {}], "Output": "{% $states.result[0] %}"})),
    "jsonata map": jsonata(("M", {"Type": "Map", "Items": "{% $states.input.rows %}", "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}"}, "MaxConcurrency": "{% 3 %}", "ItemProcessor": machine(("E", {**PASS, "Output": "{% $states.input.v %}"}))})),
    "jsonata literal items": jsonata(("M", {"Type": "Map", "Items": [1, "{% 2 %}"], "ItemProcessor": machine(("E", PASS))})),
    "one state in jsonata": machine(("A", PASS), ("B", {**PASS, "QueryLanguage": "JSONata", "Output": "{% $states.input %}"})),
}
del SOUND["jsonata parallel"]["States"]["P"]["Branches"][0]["QueryLanguage"]


def pipeline() -> str:
    """infra/pipeline.asl.json.tftpl with plausible values."""
    text = (REPOSITORY / "infra" / "pipeline.asl.json.tftpl").read_text(encoding="utf-8")
    whole = {
        "csv_suffix_in_any_case": json.dumps([{"Variable": "$.source.key", "StringMatches": "*.csv"}]),
        "silver_retriers": json.dumps([RETRY]),
        "gold_retriers": json.dumps([RETRY]),
        "pipeline_timeout_seconds": "7200",
        "step_timeout_seconds": "3600",
        "known_datasets": "'customers', 'orders'",
        "partition": "aws",
    }
    return re.sub(r"\$\{(?:replace\()?(\w+)[^}]*\}", lambda found: whole.get(found[1], "name"), text)
