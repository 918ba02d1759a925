// Reads the simulated registries with the Azure SDK for JavaScript; prints what it found as one JSON document.
//
// Arguments: the login servers to read. The sign-in is in AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.

import { ContainerRegistryClient, KnownContainerRegistryAudience } from "@azure/container-registry";
import { EnvironmentCredential } from "@azure/identity";

// Small, so that every list goes over several pages.
const PAGE = 3;
// Repositories of a registry that are read in detail.
const detailed = (_, index) => index < 7 && index % 2 === 0;

/** How an action was refused; null when it was not. */
async function refused(action) {
  try {
    await action();
  } catch (error) {
    if (!error.statusCode) throw error;
    const body = JSON.parse(error.response.bodyAsText);
    return { type: error.name, status: error.statusCode, code: body.errors[0].code };
  }
  return null;
}

/** Every item of a list, page by page. */
async function all(list) {
  const items = [];
  for await (const page of list.byPage({ maxPageSize: PAGE })) items.push(...page);
  return items;
}

const common = (item) => ({
  created: item.createdOn.toISOString(),
  lastUpdate: item.lastUpdatedOn.toISOString(),
  attributes: {
    deleteEnabled: item.canDelete,
    writeEnabled: item.canWrite,
    readEnabled: item.canRead,
    listEnabled: item.canList,
  },
});
const repository = (item) => ({ ...common(item), manifestCount: item.manifestCount, tagCount: item.tagCount });
const tag = (item) => ({ ...common(item), name: item.name, digest: item.digest });
const manifest = (item) => ({
  ...common(item),
  digest: item.digest,
  architecture: item.architecture ?? null,
  os: item.operatingSystem ?? null,
  size: item.sizeInBytes,
  tags: item.tags ?? [],
});
const children = (item) =>
  item.relatedArtifacts.map((child) => ({
    digest: child.digest,
    architecture: child.architecture,
    os: child.operatingSystem,
  }));

/** Everything that this credential (none: anonymous) may see of a registry, or how it was refused. */
async function read(server, credential) {
  const found = { repositories: {}, tags: {}, manifests: {}, newestFirst: {}, one: {} };
  const endpoint = `https://${server}`;
  const client = credential
    ? new ContainerRegistryClient(endpoint, credential)
    : new ContainerRegistryClient(endpoint);
  const refusal = await refused(async () => {
    found.names = await all(client.listRepositoryNames());
  });
  if (refusal) return { refused: refusal };
  for (const name of found.names.filter(detailed)) {
    const one = client.getRepository(name);
    found.repositories[name] = repository(await one.getProperties());
    found.manifests[name] = (await all(one.listManifestProperties())).map(manifest);
    // Tags are listed below any artifact of the repository.
    const artifact = one.getArtifact("latest");
    found.tags[name] = (await all(artifact.listTagProperties())).map(tag);
  }
  for (const name of found.names.slice(0, 1)) {
    const one = client.getRepository(name);
    const first = found.tags[name][0].name;
    const artifact = one.getArtifact(first);
    const newest = await all(artifact.listTagProperties({ order: "LastUpdatedOnDescending" }));
    found.newestFirst[name] = newest.map((item) => item.name);
    found.one[name] = {
      tag: tag(await artifact.getTagProperties(first)),
      manifest: manifest(await artifact.getManifestProperties()),
      children: children(await one.getArtifact("latest").getManifestProperties()),
    };
    const missing = "sha256:" + "0".repeat(64);
    found.refusals = {
      "missing repository": await refused(() => client.getRepository("base/none").getProperties()),
      "missing tag": await refused(() => one.getArtifact("none").getTagProperties("none")),
      "missing manifest": await refused(() => one.getArtifact(missing).getManifestProperties()),
      "outside the prefixes": await refused(() => client.getRepository("outside/none").getProperties()),
      write: await refused(() => one.updateProperties({ canWrite: false })),
      delete: await refused(() => artifact.deleteTag(first)),
    };
  }
  return found;
}

const credential = new EnvironmentCredential();
const document = { signedIn: {}, anonymous: {} };
for (const server of process.argv.slice(2)) {
  document.signedIn[server] = await read(server, credential);
  document.anonymous[server] = await read(server, null);
}
process.stdout.write(JSON.stringify(document, null, 1));
