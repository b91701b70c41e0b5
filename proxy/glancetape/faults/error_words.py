"""The errors of the service and of the gateway in front of it, in their own words.

| what | source |
|---|---|
| service: 400, 401, 403, 404, 500, 503 | the API document's table for an image list |
| service: JSON, HTML or text by `Accept` | a real Glance 33, which uses WebOb |
| gateway: error_msg, error_code, request_id, a newline | answers of a real APIGW |
| gateway: codes and sentences | APIG's table of errors |

The table of errors gives .0601 and .0613 only in a few words, so these sentences are ours. A cloud
of the dialect `glance` has no such gateway; a client that shall survive one gets the same body
there.
"""

from glancetape_cassettes.cloud.refusals import NOT_AUTHORIZED, NOT_FOUND, SERVER_ERROR

SERVICE = {
    400: "The server could not comply with the request since it is either malformed or otherwise "
    "incorrect.",
    401: NOT_AUTHORIZED,
    403: "You are not authorized to complete get_images action.",
    404: NOT_FOUND,
    500: SERVER_ERROR,
    503: "The server is currently unavailable. Please try again at a later time.",
}
"""Status -> the service's sentence."""
GATEWAY = {
    401: ("APIGW.0301", "Incorrect IAM authentication information: Unauthorized"),
    403: ("APIGW.0302", "The IAM user is not authorized to access the API."),
    404: (
        "APIGW.0101",
        "The API does not exist or has not been published in the environment",
    ),
    429: ("APIGW.0308", "The throttling threshold has been reached."),
    500: ("APIGW.0601", "Internal server error."),
    502: ("APIGW.0201", "Backend unavailable."),
    503: ("APIGW.0613", "The IAM service is unavailable."),
    504: ("APIGW.0201", "Backend timeout."),
}
"""Status -> the gateway's code and sentence."""
