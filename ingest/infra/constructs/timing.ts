/**
 * Numbers that must agree with each other: between the load balancer, the group, the scripts of an instance and the
 * gateway. Each drains within the time of the next: PUTs (20 s) < gateway < container < unit; and the load balancer's time
 * together with the container's < hook.
 */

/** HTTPS port of the gateway, in its image and in its target group. */
export const GATEWAY_PORT = 5001;

/** Seconds for which the load balancer finishes requests of an instance that leaves. */
export const DEREGISTRATION_SECONDS = 30;

/** Seconds that the gateway takes from SIGTERM to its exit at most (`INGEST_DRAIN_SECONDS`). */
export const GATEWAY_DRAIN_SECONDS = 45;

/** Seconds after which the container is killed. */
export const STOP_SECONDS = 60;

/** Seconds between two looks at whether the instance is to go. */
export const POLL_SECONDS = 5;

/** Seconds that a terminating instance has. */
export const TERMINATE_HOOK_SECONDS = 120;

/** Seconds that a launched instance has to install, pull and start. It takes about 60. */
export const LAUNCH_HOOK_SECONDS = 600;

/** Seconds after which a new instance counts towards the group's averages. */
export const WARMUP_SECONDS = 60;

/** Seconds in service before a failed health check replaces an instance. */
export const HEALTH_GRACE_SECONDS = 90;
