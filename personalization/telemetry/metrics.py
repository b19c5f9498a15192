"""Metric names. Every process exposes those it touches at `/metrics`."""

from prometheus_client import Counter, Gauge, Histogram

_LATENCY_BUCKETS = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 3.0, 10.0,
)  # fmt: skip

EVENTS_TRACKED = Counter(
    "fitting_room_events_tracked_total", "Events judged by the API.", ["verdict"]
)
REQUESTS_NOT_COUNTED = Counter(
    "fitting_room_requests_not_counted_total",
    "Requests without a shopper: of crawlers, of pages loaded ahead, for headers alone.",
    ["reason"],
)
EVENTS_UNFORESEEN = Counter(
    "fitting_room_events_unforeseen_total",
    "Events whose judging failed in a way that nobody has foreseen; the log tells how.",
)
EVENTS_CONSUMED = Counter(
    "fitting_room_events_consumed_total", "Events taken by the scorer.", ["outcome"]
)
DEAD_LETTERS = Counter(
    "fitting_room_dead_letters_total", "Events that went to the dead letter.", ["source"]
)
UNREADABLE_RECORDS = Counter(
    "fitting_room_unreadable_records_total",
    "Records of the log that were passed over because their key is lost or they were altered.",
)
EVENTS_OF_UNKNOWN_PRODUCTS = Counter(
    "fitting_room_events_of_unknown_products_total",
    "Events of products that the catalogue did not have yet: kept until it has them, and what then "
    "became of them.",
    ["outcome"],
)
UNKNOWN_PRODUCT_EVENTS_WAITING = Gauge(
    "fitting_room_unknown_product_events_waiting",
    "Events that wait until the catalogue has their products.",
)
PROFILES_MADE = Counter("fitting_room_profiles_made_total", "Profiles made.", ["kind"])
PROFILES_SERVED = Counter("fitting_room_profiles_served_total", "Profiles handed out.", ["source"])
EVENT_TO_PROFILE_SECONDS = Histogram(
    "fitting_room_event_to_profile_seconds",
    "From the API receiving an event to its profile being readable.",
    buckets=_LATENCY_BUCKETS,
)
DECISION_SECONDS = Histogram(
    "fitting_room_decision_seconds", "Making one decision.", buckets=_LATENCY_BUCKETS
)
CONSUMER_LAG = Gauge("fitting_room_consumer_lag", "Records not yet committed.", ["group"])
SESSIONS_REBUILT = Counter(
    "fitting_room_sessions_rebuilt_total",
    "Sessions that the store had lost, counted from the history: found, again, completed.",
    ["outcome"],
)
EVENTS_SHED = Counter(
    "fitting_room_events_shed_total",
    "Events refused with 503 before any work, by the queue that was full: log or scorer.",
    ["queue"],
)
EVENTS_WAITING = Gauge(
    "fitting_room_events_waiting", "Events of this process whose profiles are not announced yet."
)
WAITING_LIMIT = Gauge("fitting_room_events_waiting_limit", "How many of them may wait now.")
STREAMS_OPEN = Gauge("fitting_room_streams_open", "Open event streams.")
CONNECTIONS_OPEN = Gauge("fitting_room_connections_open", "Open connections of clients.")
REQUESTS_REFUSED = Counter(
    "fitting_room_requests_refused_total",
    "Connections and requests refused for what they are: too large, too slow, too many, foreign.",
    ["reason"],
)
KEY_REQUESTS = Counter(
    "fitting_room_key_requests_total",
    "Requests with a key that holds, by its kind: passed, or what refused them.",
    ["kind", "verdict"],
)
ROUNDS_LEARNED = Counter(
    "fitting_room_rounds_learned_total",
    "Positions learned from: engaged, not_engaged, corrected, or unknown and passed over.",
    ["outcome"],
)
FIRST_DECISIONS_KEPT = Counter(
    "fitting_room_first_decisions_total",
    "Decisions of first visits at their session's first event: kept, or why they could not be.",
    ["outcome"],
)
IMPRESSIONS_REFUSED = Counter(
    "fitting_room_impressions_refused_total",
    "Lines of impressions, and interactions, that the learner did not count.",
    ["reason"],
)
BUNDLES_BOUGHT = Counter(
    "fitting_room_bundles_bought_total",
    "Bundles that were checked out: suggested by a decision, or named without one.",
    ["origin"],
)
SNAPSHOTS_REFUSED = Counter(
    "fitting_room_snapshots_refused_total", "Models that failed their checks before promotion."
)
SNAPSHOTS_DAMAGED = Counter(
    "fitting_room_snapshots_damaged_total",
    "Times that a starting process passed over a snapshot that is not as it was written.",
)
ROLE_FAILURES = Counter(
    "fitting_room_role_failures_total", "Times that a role ended by an error.", ["role"]
)
STORE_FAILURES = Counter(
    "fitting_room_store_failures_total", "Calls that a store did not answer.", ["store"]
)
