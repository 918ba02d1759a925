#!/bin/sh
# azd down takes away the resource group that azd up made. Before that, this takes away what azd up made elsewhere: roles
# of the app's identity, and at each registry the event subscription, its alerts, the webhook and the system topic, unless
# somebody else uses it. In a group that was there before (RESOURCE_GROUP_NAME), which azd leaves, it takes what is tagged
# with the environment. It shows everything first, and finds nothing the second time.
#
#   infra/hooks/predown.sh [--dry-run] [--yes] [--events] [--registry ID]
#
#   --dry-run      shows only
#   --yes          does not ask; nobody is asked where nobody can answer
#   --events       only what brings events: for EVENT_GRID=false or WEBHOOK=false, which leave it where it is
#   --registry ID  only at this registry: for one that was taken out of the lists
#
# Needs az, signed in. What it asks of the azd environment comes from the environment, and by hand from azd.
set -eu

dry_run='' yes='' events='' only=''
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=1 ;;
    --yes) yes=1 ;;
    --events) events=1 ;;
    --registry) only=${2:?--registry needs the id of a registry}; shift ;;
    *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p;}' "$0"; exit 2 ;;
  esac
  shift
done

by_hand=''
[ -n "${AZURE_ENV_NAME:-}" ] || by_hand=1
value() {
  if [ -z "$by_hand" ]; then printenv "$1" || true
  elif given=$(azd env get-value "$1" 2>/dev/null); then printf '%s\n' "$given"
  fi
}
# It must not take its answers from the lists that are read here.
ask() { az "$@" </dev/null; }
lower() { tr '[:upper:]' '[:lower:]'; }
items() { printf '%s\n' "$1" | tr -d ' ' | tr ',' '\n' | sed '/^$/d'; }
# Of /subscriptions/S/resourceGroups/G/providers/…/NAME
subscription_of() { printf '%s\n' "$1" | cut -d / -f 3; }
group_of() { printf '%s\n' "$1" | cut -d / -f 5; }

environment=$(value AZURE_ENV_NAME)
token=$(value ENVIRONMENT_TOKEN)
principal=$(value IDENTITY_PRINCIPAL_ID)
own_subscription=$(value AZURE_SUBSCRIPTION_ID)
own_group=$(value AZURE_RESOURCE_GROUP)
given_group=$(value RESOURCE_GROUP_NAME)
pairs=$(value TOPIC_REGISTRIES)
# A deployment that failed has no outputs, and yet has made things: its identity says what they are called.
if [ -z "$token" ] || [ -z "$principal" ]; then
  identity=$(ask resource list --subscription "$own_subscription" --tag "azd-env-name=$environment" \
    --query "[?type=='Microsoft.ManagedIdentity/userAssignedIdentities'].id" --output tsv)
  identity=$(printf '%s\n' "$identity" | head -n 1)
  if [ -z "$identity" ]; then
    echo "predown: nothing was deployed, or it is gone already."
    exit 0
  fi
  token=${identity##*/id-}
  own_group=$(group_of "$identity")
  principal=$(ask identity show --ids "$identity" --query principalId --output tsv)
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/roles"
: >"$work/resources"
{ items "$(value LEGACY_REGISTRIES)"; items "$(value ABAC_REGISTRIES)"; items "$pairs" | cut -d = -f 1; } >"$work/listed"
# What their owners deployed, they take away.
[ "$(value LEAVE_REGISTRIES_ALONE)" != true ] || : >"$work/listed"
[ -z "$only" ] || printf '%s\n' "$only" >"$work/listed"
sort -fu "$work/listed" >"$work/registries"

# Ids of a registry's topics: that of the list, and those of its group that are about it.
topics_of() {
  about=$(printf '%s\n' "$1" | lower)
  items "$pairs" | while IFS='=' read -r registry topic; do
    [ "$(printf '%s\n' "$registry" | lower)" != "$about" ] || printf '%s\n' "$topic"
  done
  while read -r source topic; do
    [ "$(printf '%s\n' "$source" | lower)" != "$about" ] || printf '%s\n' "$topic"
  done <"$work/topics"
}

# What of a topic is this environment's.
of_topic() {
  ask eventgrid system-topic event-subscription list --subscription "$(subscription_of "$1")" \
    --resource-group "$(group_of "$1")" --system-topic-name "${1##*/}" --query "[].name" --output tsv >"$work/names"
  mine=repository-refresh-$token
  others=$(grep -vcx "$mine" "$work/names" || true)
  case ${1##*/} in evgt-acr-inventory-*) made_here=1 ;; *) made_here='' ;; esac
  if [ -n "$made_here" ] && [ "$others" -eq 0 ]; then
    printf '%s\n' "$1" >>"$work/resources"
  else
    ! grep -qx "$mine" "$work/names" || printf '%s/eventSubscriptions/%s\n' "$1" "$mine" >>"$work/resources"
    ask monitor diagnostic-settings list --resource "$1" --query "[?name=='acr-inventory-$token'].id" --output tsv \
      >>"$work/resources"
  fi
}

# Its alerts in a group: all, or with --registry those about the topics that were found.
alerts_in() {
  ask monitor metrics alert list --subscription "$1" --resource-group "$2" \
    --query "[?ends_with(name, '-$token')].[scopes[0], id]" --output tsv >"$work/alerts"
  while read -r scope alert; do
    [ -n "$only" ] && ! grep -iqxF "$scope" "$work/found" || printf '%s\n' "$alert" >>"$work/resources"
  done <"$work/alerts"
}

while read -r registry; do
  subscription=$(subscription_of "$registry") group=$(group_of "$registry")
  there=$(ask group exists --subscription "$subscription" --name "$group")
  [ "$there" = true ] || continue
  ask eventgrid system-topic list --subscription "$subscription" --resource-group "$group" --query "[].[source, id]" \
    --output tsv >"$work/topics"
  topics_of "$registry" | sort -fu >"$work/found"
  while read -r topic; do of_topic "$topic"; done <"$work/found"
  { echo "$subscription $group"; cut -d / -f 3,5 "$work/found" | tr / ' '; } | sort -fu >"$work/groups"
  while read -r its_subscription its_group; do alerts_in "$its_subscription" "$its_group"; done <"$work/groups"
  ask resource list --subscription "$subscription" --resource-group "$group" \
    --query "[?name=='${registry##*/}/acrinventory$token'].id" --output tsv >>"$work/resources"
done <"$work/registries"

if [ -z "$events" ]; then
  own=$(printf '/subscriptions/%s/resourcegroups/%s/\n' "$own_subscription" "$own_group" | lower)
  within=${only:+$(printf '%s/\n' "$only" | lower)}
  { cut -d / -f 3 "$work/registries"; items "$(value ACR_INVENTORY_SUBSCRIPTIONS)"; echo "$own_subscription"; } |
    sort -u >"$work/subscriptions"
  while read -r subscription; do
    ask role assignment list --all --subscription "$subscription" --assignee "$principal" --query "[].id" --output tsv \
      >"$work/assigned"
    while read -r assignment; do
      case $(printf '%s\n' "$assignment" | lower) in
        "$own"*) ;; # goes with its group
        "$within"*) printf '%s\n' "$assignment" >>"$work/roles" ;;
      esac
    done <"$work/assigned"
  done <"$work/subscriptions"
fi
if [ -n "$given_group" ] && [ -z "$events$only" ]; then
  ask resource list --subscription "$own_subscription" --tag "azd-env-name=$environment" --query "[].id" --output tsv \
    >"$work/tagged"
  grep -iF "/subscriptions/$own_subscription/resourceGroups/$given_group/" "$work/tagged" >>"$work/resources" || true
fi

sort -fu -o "$work/resources" "$work/resources"
if [ ! -s "$work/roles" ] && [ ! -s "$work/resources" ]; then
  echo "predown: nothing of this environment is left outside of its resource group."
  exit 0
fi
echo "Taken away outside of what azd down takes itself:"
sed 's/^/  /' "$work/resources" "$work/roles"
[ -z "$dry_run" ] || exit 0
if [ -z "$yes" ] && [ -t 0 ]; then
  printf 'Take all of this away? [y/N] '
  read -r answer
  case $answer in y | Y | yes) ;; *) echo "predown: nothing was taken away." >&2; exit 1 ;; esac
fi
[ ! -s "$work/resources" ] || xargs az resource delete --ids <"$work/resources" >/dev/null
[ ! -s "$work/roles" ] || xargs az role assignment delete --ids <"$work/roles" >/dev/null
echo "predown: taken away."
