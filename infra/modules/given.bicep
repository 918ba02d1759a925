// What parameters say, as lists, and refused before anything is made where that cannot be right. A message names the
// variable of the azd environment. Functions use nothing but functions: older compilers know no more.

@description('The items of a text with commas.')
@export()
func list(text string) string[] => filter(split(replace(text, ' ', ''), ','), item => !empty(item))

func lower(items string[]) string[] => map(items, item => toLower(item))

func doubled(items string[]) string[] => filter(items, (item, index) => indexOf(items, item) != index)

func isResourceId(id string, type string) bool =>
  startsWith(toLower(id), '/subscriptions/') && contains(toLower(id), '/resourcegroups/') && contains(
    toLower(id),
    '/providers/${type}/'
  ) && length(split(id, '/')) == 9 && !contains(id, '//') && !endsWith(id, '/')

func malformed(ids string[], type string) string[] => filter(ids, id => !isResourceId(id, type))

func within(ids string[], groupId string) string[] =>
  filter(ids, id => !empty(groupId) && startsWith(toLower(id), toLower('${groupId}/')))

// What a template holds, and what main.bicep makes beside registries, topics and subscriptions.
func mostResources() int => 800
func ownResources() int => 20

@description('Registries, if what there is with them fits into a deployment: one module for each, and one for each of their webhooks, of their topics that were there, of the deliveries of all topics, and of subscriptions. A role at the queue and one at the container for each of those that deliver stand in a template of their own.')
@export()
func fitting(ids string[], webhooks bool, oldTopics int, topics int, others int, subscriptions int) string[] =>
  length(ids) * (webhooks ? 2 : 1) + oldTopics + topics + subscriptions + ownResources() > mostResources()
    ? fail('LEGACY_REGISTRIES and ABAC_REGISTRIES: ${length(ids)} registries take ${length(ids) * (webhooks ? 2 : 1) + oldTopics + topics + subscriptions + ownResources()} resources, and a deployment holds ${mostResources()}: use SUBSCRIPTION_SCOPE, or leave some to registry.bicep')
    : 2 * (topics + others) > mostResources()
        ? fail('EVENT_PRINCIPALS: ${topics + others} that deliver events take ${2 * (topics + others)} role assignments, and a deployment holds ${mostResources()}')
        : ids

@description('Ids of registries; `ownGroup` is the group that goes with the deployment, or nothing.')
@export()
func registryIds(ids string[], ownGroup string) string[] =>
  !empty(malformed(ids, 'microsoft.containerregistry/registries'))
    ? fail('LEGACY_REGISTRIES or ABAC_REGISTRIES: not the resource id of a registry: ${malformed(ids, 'microsoft.containerregistry/registries')[0]}')
    : !empty(doubled(lower(ids)))
        ? fail('LEGACY_REGISTRIES or ABAC_REGISTRIES: a registry has one role assignment mode, and is listed once: ${doubled(lower(ids))[0]}')
        : !empty(within(ids, ownGroup))
            ? fail('This registry is in the resource group that azd down takes away; set RESOURCE_GROUP_NAME: ${within(ids, ownGroup)[0]}')
            : ids

@export()
type topicPair = {
  registry: string
  topic: string
}

func pairs(items string[]) topicPair[] =>
  map(items, item => {
    registry: split(item, '=')[0]
    topic: split(item, '=')[?1] ?? ''
  })

func wrongPairs(found topicPair[]) topicPair[] =>
  filter(
    found,
    pair =>
      !isResourceId(pair.registry, 'microsoft.containerregistry/registries') || !isResourceId(
        pair.topic,
        'microsoft.eventgrid/systemtopics'
      )
  )

func topicIds(found topicPair[]) string[] => map(found, pair => toLower(pair.topic))

@description('Of REGISTRY_ID=TOPIC_ID.')
@export()
func topicPairs(items string[]) topicPair[] =>
  !empty(wrongPairs(pairs(items)))
    ? fail('TOPIC_REGISTRIES: not REGISTRY_ID=TOPIC_ID: ${wrongPairs(pairs(items))[0].registry}=${wrongPairs(pairs(items))[0].topic}')
    : !empty(doubled(topicIds(pairs(items))))
        ? fail('TOPIC_REGISTRIES: a topic is there twice: ${doubled(topicIds(pairs(items)))[0]}')
        : pairs(items)

@description('Each once.')
@export()
func subscriptionIds(ids string[]) string[] => empty(filter(ids, id => length(id) != 36)) ? union(ids, []) : fail('ACR_INVENTORY_SUBSCRIPTIONS: not the id of a subscription: ${filter(ids, id => length(id) != 36)[0]}')

@description('A subnet for the app that is there already, for which private endpoints need one, too.')
@export()
func appSubnet(appSubnetId string, endpointSubnetId string, private bool) string =>
  private && empty(appSubnetId) != empty(endpointSubnetId)
    ? fail('APP_SUBNET_ID and ENDPOINT_SUBNET_ID go together')
    : appSubnetId

@description('Those of the DNS zones that are for a group of private endpoints (blob, namespace): how their names begin in every cloud.')
@export()
func zonesOf(group string, ids string[]) string[] =>
  filter(ids, id => startsWith(last(split(id, '/')), group == 'blob' ? 'privatelink.blob.' : 'privatelink.servicebus.'))

func missing(groups string[], ids string[]) string[] => filter(groups, each => empty(zonesOf(each, ids)))

@description('DNS zones that are there already, one of each group, or none.')
@export()
func zoneIds(ids string[], groups string[]) string[] =>
  empty(ids) || empty(missing(groups, ids))
    ? ids
    : fail('PRIVATE_DNS_ZONE_IDS: no zone there begins with ${missing(groups, ids)[0] == 'blob' ? 'privatelink.blob.' : 'privatelink.servicebus.'}')
