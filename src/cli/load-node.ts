/** The node's modules: loaded only where a node is started, for they take longer than most commands. */
export async function loadNode() {
  const [{ pino }, { serve }, { prepareDemo, seedDemo }] = await Promise.all([
    import('pino'),
    import('../node/serve.js'),
    import('../node/demo.js'),
  ]);
  return { pino, serve, prepareDemo, seedDemo };
}
