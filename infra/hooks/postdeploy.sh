#!/bin/sh
# Starts the first refresh after the first deployment, so that the inventory is there at once and the alert
# no-completed-refresh has something to count. Later deployments start none: the environment remembers.
#
#   infra/hooks/postdeploy.sh [--dry-run] [--again]
#
#   --dry-run  shows only
#   --again    starts a refresh although the first one was started; one that is under way is joined
#
# Needs az, signed in, and curl. A refresh that cannot be started is no failed deployment: the timer starts the next one.
# FIRST_REFRESH_TRIES (30) and FIRST_REFRESH_PAUSE (10 seconds): roles and a cold start take minutes.
set -eu

dry_run='' again=''
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=1 ;;
    --again) again=1 ;;
    *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p;}' "$0"; exit 2 ;;
  esac
  shift
done
if [ -z "${AZURE_ENV_NAME:-}" ]; then # by hand
  AZURE_RESOURCE_GROUP=$(azd env get-value AZURE_RESOURCE_GROUP)
  SERVICE_APP_NAME=$(azd env get-value SERVICE_APP_NAME)
  AZURE_SUBSCRIPTION_ID=$(azd env get-value AZURE_SUBSCRIPTION_ID)
  FIRST_REFRESH=$(azd env get-value FIRST_REFRESH 2>/dev/null) || FIRST_REFRESH=''
fi
if [ "${FIRST_REFRESH:-}" = started ] && [ -z "$again" ]; then
  echo "postdeploy: the first refresh was started before."
  exit 0
fi
group=${AZURE_RESOURCE_GROUP:?} app=${SERVICE_APP_NAME:?} subscription=${AZURE_SUBSCRIPTION_ID:?}
if [ -n "$dry_run" ]; then
  echo "postdeploy: would POST to /admin/functions/schedule-refresh of $app in $group"
  exit 0
fi

left=${FIRST_REFRESH_TRIES:-30}
while [ "$left" -gt 0 ]; do
  left=$((left - 1))
  # The key goes through standard input, not into the list of processes.
  if host=$(az functionapp show --subscription "$subscription" --resource-group "$group" --name "$app" \
      --query defaultHostName --output tsv) &&
    key=$(az functionapp keys list --subscription "$subscription" --resource-group "$group" --name "$app" \
      --query masterKey --output tsv) &&
    printf 'header = "x-functions-key: %s"\n' "$key" | curl --config - --silent --show-error --fail --max-time 60 \
      --header 'Content-Type: application/json' --data '{}' --output /dev/null \
      "https://$host/admin/functions/schedule-refresh"; then
    azd env set FIRST_REFRESH started
    echo "postdeploy: the first refresh is under way."
    exit 0
  fi
  [ "$left" -eq 0 ] || sleep "${FIRST_REFRESH_PAUSE:-10}"
done
echo "postdeploy: the first refresh could not be started; the timer starts the next one, infra/hooks/postdeploy.sh tries again." >&2
