# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that source it use them
# What the other scripts share. LAKE_ROOT is empty on an instance; tests set it to a folder of their own.

ROOT="${LAKE_ROOT:-}"
ETC="${ROOT}/etc/lake-ingest"
OPT="${ROOT}/opt/lake-ingest"
# Memory, never disk: the private key and the password of the rate-limit store are gone with a reboot.
RUN="${ROOT}/run/lake-ingest"

# shellcheck source=/dev/null
source "${ETC}/instance.env"
export AWS_REGION AWS_DEFAULT_REGION="${AWS_REGION}"

GATEWAY=lake-ingest
METADATA="http://169.254.169.254/latest"

log() { printf '%s %s\n' "$(date -u +%FT%TZ)" "$*" >&2; }

# retry TIMES COMMAND...: again after 2, 4, 6 ... seconds.
retry() {
  local times=$1 attempt=1
  shift
  until "$@"; do
    if ((attempt >= times)); then
      log "gave up after ${attempt} attempts: $*"
      return 1
    fi
    sleep $((2 * attempt))
    ((attempt += 1))
  done
}

# metadata PATH: IMDSv2, which alone answers on this instance.
metadata() {
  local token
  token=$(curl -sSf -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "${METADATA}/api/token") || return 1
  curl -sSf -m 2 -H "X-aws-ec2-metadata-token: ${token}" "${METADATA}/meta-data/$1"
}

instance_id() { metadata instance-id; }

# complete HOOK RESULT: ends the wait of a lifecycle hook. There is none for an instance that was started by hand.
complete() {
  aws autoscaling complete-lifecycle-action \
    --auto-scaling-group-name "${GROUP_NAME}" \
    --lifecycle-hook-name "$1" \
    --lifecycle-action-result "$2" \
    --instance-id "$(instance_id)"
}
