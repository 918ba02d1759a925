// Every role assignment of the deployment. What imports the list only binds each place of it to a scope.

@export()
type place =
  | 'host-storage'
  | 'inventory-container'
  | 'dead-letter-container'
  | 'registry-queue'
  | 'repository-queue'
  | 'component'
  | 'legacy-registry'
  | 'abac-registry'
  | 'subscription'

@export()
@description('How the app may use its queues; with Data Owner the platform sees their length.')
type queueAccess = 'data-owner' | 'sender-and-receiver'

type roleAssignment = {
  @description('A key of `guids`.')
  role: string
  @description('The identity of the app, or that of a registry\'s topic.')
  to: 'app' | 'events'
  at: place
  @description('Only where queues are used like this.')
  with: queueAccess?
  @description('What the role is for.')
  why: string
  @description('What of `acr-inventory check` fails without it: nothing where only the Functions host or Event Grid would notice.')
  checks: string[]
}

// Built-in roles: their English names and ids, the same in every tenant and cloud.
@export()
var guids = {
  // Storage Blob Data Owner
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  // Storage Blob Data Contributor
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  // Azure Service Bus Data Owner
  serviceBusDataOwner: '090c5cfd-751d-490a-894a-3ce6f1109419'
  // Azure Service Bus Data Receiver
  serviceBusDataReceiver: '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
  // Azure Service Bus Data Sender
  serviceBusDataSender: '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
  // Monitoring Metrics Publisher
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  // Reader
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
  // AcrPull
  acrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d'
  // Container Registry Repository Reader
  repositoryReader: 'b93aa761-3e63-49ed-ac28-beffa264f7ac'
  // Container Registry Repository Catalog Lister
  catalogLister: 'bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7'
}

@export()
var assignments roleAssignment[] = [
  {
    role: 'storageBlobDataOwner'
    to: 'app'
    at: 'host-storage'
    why: 'the Functions host: its package, the lease of the timer, its keys'
    checks: []
  }
  {
    role: 'storageBlobDataContributor'
    to: 'app'
    at: 'inventory-container'
    why: 'reading and writing the inventory'
    checks: [
      'create-document'
      'replace-document'
      'read-document'
      'list-documents'
      'delete-document'
    ]
  }
  {
    role: 'serviceBusDataOwner'
    to: 'app'
    at: 'registry-queue'
    with: 'data-owner'
    why: 'the trigger of refresh-registry, sending one message per registry, and the length of the queue, by which the platform adds instances'
    checks: [
      'receive-message'
      'send-message'
    ]
  }
  {
    role: 'serviceBusDataReceiver'
    to: 'app'
    at: 'registry-queue'
    with: 'sender-and-receiver'
    why: 'the trigger of refresh-registry'
    checks: [
      'receive-message'
    ]
  }
  {
    role: 'serviceBusDataSender'
    to: 'app'
    at: 'registry-queue'
    with: 'sender-and-receiver'
    why: 'sending one message per registry, and continuations'
    checks: [
      'send-message'
    ]
  }
  {
    role: 'serviceBusDataOwner'
    to: 'app'
    at: 'repository-queue'
    with: 'data-owner'
    why: 'the trigger of refresh-repository, sending one message per event, and the length of the queue, by which the platform adds instances'
    checks: [
      'receive-message'
      'send-message'
    ]
  }
  {
    role: 'serviceBusDataReceiver'
    to: 'app'
    at: 'repository-queue'
    with: 'sender-and-receiver'
    why: 'the trigger of refresh-repository'
    checks: [
      'receive-message'
    ]
  }
  {
    role: 'serviceBusDataSender'
    to: 'app'
    at: 'repository-queue'
    with: 'sender-and-receiver'
    why: 'sending one message per event, and later looks'
    checks: [
      'send-message'
    ]
  }
  {
    role: 'monitoringMetricsPublisher'
    to: 'app'
    at: 'component'
    why: 'the Functions host: log lines and requests, where local authentication is off'
    checks: []
  }
  {
    role: 'reader'
    to: 'app'
    at: 'legacy-registry'
    why: 'finding the registry; its configuration and role assignments'
    checks: [
      'list-registries'
      'read-configuration'
      'read-role-assignments'
    ]
  }
  {
    role: 'acrPull'
    to: 'app'
    at: 'legacy-registry'
    why: 'catalog, tags and manifests'
    checks: [
      'token'
      'list-repositories'
      'list-tags'
      'list-manifests'
    ]
  }
  {
    role: 'reader'
    to: 'app'
    at: 'abac-registry'
    why: 'finding the registry; its configuration and role assignments'
    checks: [
      'list-registries'
      'read-configuration'
      'read-role-assignments'
    ]
  }
  {
    role: 'repositoryReader'
    to: 'app'
    at: 'abac-registry'
    why: 'tags and manifests'
    checks: [
      'token'
      'list-tags'
      'list-manifests'
    ]
  }
  {
    role: 'catalogLister'
    to: 'app'
    at: 'abac-registry'
    why: 'the catalog'
    checks: [
      'token'
      'list-repositories'
    ]
  }
  {
    role: 'reader'
    to: 'app'
    at: 'subscription'
    why: 'finding every registry; configuration, role assignments, locks and the Defender plan'
    checks: [
      'list-registries'
      'read-configuration'
      'read-role-assignments'
    ]
  }
  {
    role: 'acrPull'
    to: 'app'
    at: 'subscription'
    why: 'catalog, tags and manifests of registries in legacy mode'
    checks: [
      'token'
      'list-repositories'
      'list-tags'
      'list-manifests'
    ]
  }
  {
    role: 'repositoryReader'
    to: 'app'
    at: 'subscription'
    why: 'tags and manifests of registries in ABAC mode'
    checks: [
      'token'
      'list-tags'
      'list-manifests'
    ]
  }
  {
    role: 'catalogLister'
    to: 'app'
    at: 'subscription'
    why: 'the catalog of registries in ABAC mode'
    checks: [
      'token'
      'list-repositories'
    ]
  }
  {
    role: 'serviceBusDataSender'
    to: 'events'
    at: 'repository-queue'
    why: 'Event Grid: delivering events'
    checks: []
  }
  {
    role: 'storageBlobDataContributor'
    to: 'events'
    at: 'dead-letter-container'
    why: 'Event Grid: keeping events that could not be delivered'
    checks: []
  }
]
