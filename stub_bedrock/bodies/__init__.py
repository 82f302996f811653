"""The request and response bodies: Converse, Anthropic Messages and Amazon Nova, each read into one
`Conversation` and written from one `Answer` (see stub_bedrock.conversation)."""
