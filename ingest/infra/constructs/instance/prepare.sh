#!/bin/bash
# Before each start of the gateway: its certificate and its secrets, in memory, readable to it alone.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

umask 077
rm -rf "${RUN}"
mkdir -p "${RUN}"

# For the leg from the load balancer, which encrypts but checks no name and no issuer. Longer than the instance lives.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -sha256 -days 30 \
  -subj "/CN=lake-ingest" -keyout "${RUN}/tls.key" -out "${RUN}/tls.crt"

if [[ -n "${STORE_SECRET_ARN:-}" ]]; then
  retry 5 aws secretsmanager get-secret-value --secret-id "${STORE_SECRET_ARN}" --query SecretString --output text \
    >"${RUN}/store-password.new"
  # Without the newline at its end, which is no part of the password.
  printf '%s' "$(<"${RUN}/store-password.new")" >"${RUN}/store-password"
  rm "${RUN}/store-password.new"
fi

chown -R 1001:1001 "${RUN}"
chmod 0500 "${RUN}"
docker rm --force "${GATEWAY}" >/dev/null 2>&1 || true
