#!/bin/bash
# Runs once, as root, at the first boot: installs the container engine, starts the gateway, and says so to the group only
# when the gateway answers. Until then the group sends it no requests and counts no health check against it.
set -Eeuo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

# signal STATUS: a stack that is being created waits for it. At any other time nobody does, and the call is refused.
signal() {
  aws cloudformation signal-resource --stack-name "${STACK_NAME}" --logical-resource-id "${GROUP_LOGICAL_ID}" \
    --unique-id "$(instance_id)" --status "$1" >/dev/null 2>&1 || true
}

# A failed instance is replaced, and its disk with it, so the reason goes to the log group of the gateway.
report_failure() {
  local stream events
  sleep 1 # what was said last is still on its way to the file
  stream="boot/$(instance_id)"
  events=$(mktemp)
  tail -c 16000 "${BOOT_LOG}" |
    python3 -c 'import json, sys, time; print(json.dumps([{"timestamp": int(time.time() * 1000), "message": sys.stdin.read() or "no output"}]))' \
      >"${events}"
  aws logs create-log-stream --log-group-name "${LOG_GROUP}" --log-stream-name "${stream}" || true
  aws logs put-log-events --log-group-name "${LOG_GROUP}" --log-stream-name "${stream}" --log-events "file://${events}" || true
}

fail() {
  trap - ERR
  set +e
  log "boot failed in line $1"
  report_failure
  signal FAILURE
  complete "${LAUNCH_HOOK}" ABANDON
  exit 1
}

is_ready() { curl -sSfk -m 2 -o /dev/null "https://127.0.0.1:${PORT}/readyz"; }

BOOT_LOG="${ROOT}/var/log/lake-ingest-boot.log"
mkdir -p "$(dirname "${BOOT_LOG}")"
exec > >(tee -a "${BOOT_LOG}") 2>&1
trap 'fail ${LINENO}' ERR

log "packages"
retry 5 dnf install -y --setopt=install_weak_deps=False docker amazon-ecr-credential-helper openssl

log "image ${IMAGE}"
mkdir -p "${ROOT}/root/.docker"
printf '{"credHelpers":{"%s":"ecr-login"}}\n' "${IMAGE%%/*}" >"${ROOT}/root/.docker/config.json"
systemctl enable --now docker.service
HOME="${ROOT}/root" retry 5 docker pull --quiet "${IMAGE}"

log "services"
install -m 0644 "${OPT}/lake-ingest.service" "${OPT}/lake-ingest-drain.service" "${ROOT}/etc/systemd/system/"
systemctl daemon-reload
systemctl enable --now lake-ingest.service lake-ingest-drain.service

log "waiting for the gateway"
retry 12 is_ready

complete "${LAUNCH_HOOK}" CONTINUE || log "no launch hook waits for this instance"
signal SUCCESS
log "ready"
