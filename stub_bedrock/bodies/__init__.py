"""The request and response bodies, each read into one `Conversation` and written from one `Answer`.

Converse is `converse`, `converse_request` and `converse_response`; the bodies of InvokeModel are in the
modules that `providers` lists.
"""
