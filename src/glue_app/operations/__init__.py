"""What is done with data that is there: processed anew, measured. On the local stack and on AWS alike.

All calls are boto3's, to whatever endpoint and with whatever credentials the caller has; nothing in here
knows of the emulator.
"""
