"""Makes S3's events in EventBridge those of AWS: keys as they are, and a sequencer that grows.

LocalStack escapes keys as S3's own notifications do, and gives every event one and the same sequencer, which would make
two uploads of a key look like one event delivered twice.
"""

import json
import time
from urllib.parse import unquote

from localstack.services.s3.notifications import EventBridgeNotifier


def install():
    original = EventBridgeNotifier._get_event_payload

    def event_payload(ctx, config_id=None):
        entry = original(ctx, config_id)
        detail = json.loads(entry["Detail"])
        described = detail["object"]
        described["key"] = unquote(described["key"])
        if "sequencer" in described:
            described["sequencer"] = f"{time.time_ns():018X}"
        entry["Detail"] = json.dumps(detail)
        return entry

    EventBridgeNotifier._get_event_payload = staticmethod(event_payload)
