# `make` prints what there is. Settings (EDGE_PORT=4570, GLUE_VERSION=5, …) stand behind the target or in the
# environment; src/glue_app/settings.py explains each.
.DEFAULT_GOAL := help
.PHONY: help up start down status doctor snapshot restore snapshots snapshot-diff apply e2e run reprocess quality find forget logs psql diag-on diag diag-off session-manager-plugin env package test check docs bench lock clean
host := ./scripts/with-host
# What the user gives a target reaches it by the environment, untouched: neither make nor a shell reads it as text
# of its own. SQL='select $$a$$', CSV='my "file".csv' and backticks mean what they say.
arguments := A B COLUMN CSV DATASET FOLLOW FORCE KEY LAST MODEL NAME OUTPUTS QUARANTINED ROLE RUN SERVICE SINCE SQL SUITE TOOLS TRUST YES
$(foreach name,$(arguments),$(eval override $(name) := $$(value $(name))))
export $(arguments)
# TRUST=1 is --trust; any other value is none
flag = $$(test "$$$(1)" = 1 && echo $(2))

##@ The stack
up: ## start everything and apply infra/ (keeps what runs already)
	@$(host) glue_app.cli up
start: ## start the processes only, apply nothing (for terraform by hand)
	@$(host) glue_app.cli start
down: ## save the stack and end it; `make up` brings it back
	@$(host) glue_app.cli down
status: ## what runs, how it is, what is applied
	@$(host) glue_app.cli status
doctor: ## every prerequisite: found, missing, how to fix
	@$(host) --doctor

##@ Snapshots
snapshot: ## the whole running stack in one file  NAME=x
	@$(host) glue_app.cli snapshot --name="$$NAME"
restore: ## replace the stack by a snapshot  NAME=x|file  [TRUST=1: one that was not made here]
	@$(host) glue_app.cli restore --name="$$NAME" $(call flag,TRUST,--trust)
snapshots: ## what there is: size, age, what is in it
	@$(host) glue_app.cli snapshots
snapshot-diff: ## what was added, changed, removed  A=x [B=y; default: the running stack]
	@$(host) glue_app.cli snapshot-diff --before="$$A" --after="$$B"

##@ Work
e2e: ## prove the pipeline from CSV to Gold  [CSV=path] [DATASET=name|yaml]
	@$(host) glue_app.cli e2e --csv="$$CSV" --dataset="$$DATASET"
run: ## send a CSV through the running stack  CSV=path DATASET=name|yaml
	@$(host) glue_app.cli run --csv="$$CSV" --dataset="$$DATASET"
reprocess: ## uploads through the pipeline again  DATASET=name [SINCE=date] [QUARANTINED=1] [MODEL=1] [FORCE=1] [YES=1]
	@$(host) glue_app.cli reprocess --dataset="$$DATASET" --since="$$SINCE" --outputs="$$OUTPUTS" $(call flag,QUARANTINED,--quarantined) $(call flag,MODEL,--model) $(call flag,FORCE,--force) $(call flag,YES,--yes)
quality: ## how good the uploads were: a table and the trend  DATASET=name [LAST=30]
	@$(host) glue_app.cli quality --dataset="$$DATASET" --last="$$LAST" --outputs="$$OUTPUTS"
find: ## where a person's rows are, in every layer  DATASET=name KEY=value [COLUMN=name]
	@$(host) glue_app.cli find --dataset="$$DATASET" --column="$$COLUMN" --outputs="$$OUTPUTS"
forget: ## a person's rows out of every layer, with a certificate  DATASET=name KEY=value [COLUMN=name] [YES=1]
	@$(host) glue_app.cli forget --dataset="$$DATASET" --column="$$COLUMN" --outputs="$$OUTPUTS" $(call flag,YES,--yes)
apply: ## bring the running stack to what infra/ and glue/ say now
	@$(host) glue_app.cli apply
logs: ## what was logged  [SERVICE=localstack|runner|stub|terraform] [RUN=id|last] [FOLLOW=1]
	@$(host) glue_app.cli logs --service="$$SERVICE" --run="$$RUN" $(call flag,FOLLOW,--follow)
psql: ## a prompt on Gold  [SQL="select …"] [ROLE=bi_reader]
	@$(host) glue_app.cli psql --role="$$ROLE" --sql="$$SQL"
diag-on: ## the diagnostic instance: Gold through AWS Session Manager, as on AWS
	@$(host) glue_app.cli diag-on
diag: ## the exact commands for that: session, password, psql
	@$(host) glue_app.cli diag
diag-off: ## without the instance again; nothing must be left to change
	@$(host) glue_app.cli diag-off
session-manager-plugin: ## get AWS's plugin for `aws ssm start-session`, where it is missing
	@$(host) glue_app.cli session-manager-plugin
env: ## write .state/env.sh, which points aws, boto3 and terraform at the stack
	@$(host) glue_app.cli env
package: ## build glue/dist, which Terraform uploads
	@$(host) glue_app.cli package

##@ Quality
test: ## check, unit, integration, e2e  [SUITE=unit|integration|e2e|docker|database|clusters|glue5|drill-state|…]
	@$(host) scripts.test "$$SUITE"
check: ## lint, format, types, generated files, terraform fmt, validate and test
	@$(host) scripts.check
docs: ## write every generated part of the documents anew
	@$(host) scripts.docs
bench: ## measure, print the table
	@$(host) benchmarks

##@ House
lock: ## resolve requirements/*.in anew
	@$(host) scripts.lock
clean: ## end the stack, remove .state and glue/dist  [TOOLS=1: .tools too]
	@$(host) glue_app.cli clean $(call flag,TOOLS,--tools)
help: ## this
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-23s%s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
