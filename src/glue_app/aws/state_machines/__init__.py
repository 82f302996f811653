"""The semantic check of Amazon States Language that AWS makes before it stores a state machine.

`definition.check` is the entrance. What AWS answers is known from its API pages
(https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html)
and from answers quoted in public issues; where a wording could not be verified the module says so.
"""
