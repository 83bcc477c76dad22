#!/bin/bash
# The gateway, in the foreground of its systemd unit.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

ID=$(retry 5 instance_id)

# The host's network: no address translation for ten thousand connections, and the metadata service, whose answers live one
# hop, stays within reach of the SDK. Logs never block the gateway: what CloudWatch does not take is dropped.
exec docker run --rm --name "${GATEWAY}" \
  --network host \
  --user 1001:1001 \
  --read-only \
  --tmpfs /tmp:rw,noexec,nosuid,nodev,size=16m \
  --cap-drop ALL \
  --security-opt no-new-privileges:true \
  --memory "${MEMORY}" \
  --memory-swap "${MEMORY}" \
  --pids-limit 128 \
  --ulimit nofile=65536:65536 \
  --stop-timeout "${STOP_SECONDS}" \
  --log-driver awslogs \
  --log-opt "awslogs-region=${AWS_REGION}" \
  --log-opt "awslogs-group=${LOG_GROUP}" \
  --log-opt "awslogs-stream=gateway/${ID}" \
  --log-opt mode=non-blocking \
  --log-opt max-buffer-size=8m \
  --mount "type=bind,source=${RUN},target=/run/lake-ingest,readonly" \
  --mount "type=bind,source=${ETC}/keys,target=/etc/lake-ingest,readonly" \
  --env-file "${ETC}/gateway.env" \
  --env "INGEST_NODE_ID=${ID}" \
  "${IMAGE}"
