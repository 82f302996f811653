"""A session's data channel: what SSM Agent and ssmmessages do on AWS, over one WebSocket at a time."""
