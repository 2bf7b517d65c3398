import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../platform/node-crypto.js';
import { toHex } from '../primitives/bytes.js';
import { portableCrypto } from '../primitives/portable-crypto.js';
import { Secret } from '../primitives/secret.js';
import { organisationKey, stewardRoot, type OrganisationKeyPurpose } from './organisation-keys.js';
import {
  compartmentId,
  custodialSubjectRoot,
  pseudonymFor,
  subjectEpochKey,
  subjectSealingSeed,
  subjectSigningSeed,
} from './subject-keys.js';

const root = new Secret(new Uint8Array(32).fill(7));
const id = new Uint8Array(16).fill(1);

/** Everything that is derived from one root, by name. */
function everything(crypto: typeof nodeCrypto, from: Secret): Record<string, string> {
  const reveal = (secret: Secret) => toHex(secret.reveal());
  const purposes: OrganisationKeyPurpose[] = ['ledger-signing', 'sealing', 'index', 'api-keys'];
  const entries: [string, string][] = [0, 1].flatMap((generation) => [
    ...purposes.map((purpose): [string, string] => [
      `organisation ${purpose} ${generation}`,
      reveal(organisationKey(crypto, from, purpose, generation)),
    ]),
    [`signing ${generation}`, reveal(subjectSigningSeed(crypto, from, generation))],
    [`sealing ${generation}`, reveal(subjectSealingSeed(crypto, from, generation))],
    [`epoch ${generation}`, toHex(subjectEpochKey(crypto, from, id, generation).reveal())],
    [
      `epoch ${generation} of another`,
      toHex(
        subjectEpochKey(
          crypto,
          from,
          id.map((x) => x + 1),
          generation,
        ).reveal(),
      ),
    ],
  ]);
  return Object.fromEntries([
    ...entries,
    ['steward', reveal(stewardRoot(crypto, from))],
    ['custodial', reveal(custodialSubjectRoot(crypto, from, id))],
    ['pseudonym', toHex(pseudonymFor(crypto, from, id))],
    ['compartment general', toHex(compartmentId(crypto, from, 'general'))],
    ['compartment hiv', toHex(compartmentId(crypto, from, 'hiv'))],
  ]);
}

describe('the key hierarchy', () => {
  it('is for ever: whoever changes these values loses lives of records', () => {
    expect(everything(nodeCrypto, root)).toMatchInlineSnapshot(`
      {
        "compartment general": "174ff753fa587483a0e868291367221a",
        "compartment hiv": "ac9b6bbd655e9b1e0e71e4356afec170",
        "custodial": "1b6cea78087e1f16c1b0969d401141b93570b8f93d76266c87b959e1d684abef",
        "epoch 0": "b40d2f5f73f33600366f44a88df13c85ce4716c441c4c212c9949ad0c1ca7980",
        "epoch 0 of another": "030edcd3bba3c16e17fbac08e1f887d453dbbba60aa0f318dc8fc59ffcae6ec2",
        "epoch 1": "1d02c02fc54a8cc9f461a6063634a9770d391a40b3c8bf1b1cbdc5f255235d88",
        "epoch 1 of another": "844c7b6dd41732d55b893742c965c30973ef1cefa83b51fc1a5509f9bb0c9cbb",
        "organisation api-keys 0": "eb61b1b916a53d43be8fae4d4c3a8f251627814d8037d3732d023ffd28955894",
        "organisation api-keys 1": "64ef16eba694761904fc43c4d166b1f790cd39cbf2e3618a963c01a4d51a2a2c",
        "organisation index 0": "aa01635f0c097822164f849ac2c2e1b4a4bd81602624182c80a9666a1f69ce19",
        "organisation index 1": "f26fc2088504a776fa9202831940f17239037e9078b0b0375b04f10a851661bb",
        "organisation ledger-signing 0": "4ab6efba4e490a9f4298dcc417e7bf55bab985728419bd2c510a9e91d71cdca1",
        "organisation ledger-signing 1": "60b13ebc79878ae3dc7699ff7231bed20f60e42115dd9ac8d598ede69289578b",
        "organisation sealing 0": "3edebb2156a191b1a4fa2e478bc9b7c5e32fd82b349b704e99ffd15c36f81996",
        "organisation sealing 1": "d4b35bbc85850be5a6ed94895ce1aa687e0c0e87fc9e1fdc875cef9d49145f05",
        "pseudonym": "2b88cd70d2d3c0af98cebdaa21a3d46f",
        "sealing 0": "54c2a79ba6cf244fa8fe4aa65a561f278831c58029b18fbb3d9205b279ef55c7",
        "sealing 1": "3ca97914c15ab222a23e48c301b27ab4125018b2c547df9b3ee0bad6efaab28a",
        "signing 0": "6861a06b19e4cac5ea8d32025967f914cdb2e6bf0143eee015ef97b1f47afd56",
        "signing 1": "0e851f6f12634814c842e52ca4f87ccbc9b473537545ac5d26b8493a798652b4",
        "steward": "a06d2aac9159c051dcf77b060cbfb148b40e7f54688aeb6acc9fbe3738cc5035",
      }
    `);
  });

  it('is the same on every implementation of the cryptography', () => {
    expect(everything(portableCrypto, root)).toEqual(everything(nodeCrypto, root));
  });

  it('gives no two purposes the same key, nor two roots', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const values = Object.values(everything(nodeCrypto, new Secret(bytes)));
        // By 16 bytes, because ids are that long: no id is the beginning of a key.
        expect(new Set(values.map((value) => value.slice(0, 32))).size).toBe(values.length);
      }),
      { numRuns: 30 },
    );
  });

  it('gives parties pseudonyms that share nothing, and each party always the same', () => {
    const parties = Array.from({ length: 50 }, (_, index) => new Uint8Array(16).fill(index));
    const pseudonyms = parties.map((party) => toHex(pseudonymFor(nodeCrypto, root, party)));
    expect(new Set(pseudonyms).size).toBe(50);
    expect(parties.map((party) => toHex(pseudonymFor(nodeCrypto, root, party)))).toEqual(pseudonyms);
  });

  it.each([
    ['a short root', () => subjectSigningSeed(nodeCrypto, new Secret(new Uint8Array(31)), 0)],
    ['a negative generation', () => organisationKey(nodeCrypto, root, 'index', -1)],
    ['a fraction', () => subjectEpochKey(nodeCrypto, root, id, 0.5)],
    ['a short party', () => pseudonymFor(nodeCrypto, root, new Uint8Array(15))],
    ['a short subject', () => custodialSubjectRoot(nodeCrypto, root, new Uint8Array(0))],
    ['a long compartment', () => subjectEpochKey(nodeCrypto, root, new Uint8Array(17), 0)],
  ])('refuses %s', (_, derive) => {
    expect(derive).toThrow();
  });
});
