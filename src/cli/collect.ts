/** All elements of a stream. */
export async function collect<Element>(stream: AsyncIterable<Element>): Promise<Element[]> {
  const elements: Element[] = [];
  for await (const element of stream) elements.push(element);
  return elements;
}
