"""What every service of ours is made with: scope, stores, clock, pages and one registration.

A service's room (`emulator/glue`, say) takes from here, saves and the gateway ask here what there is. Pure
Python: nothing of LocalStack's or moto's, and nothing of any one service.
"""
