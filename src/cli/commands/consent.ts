import type { Command } from 'commander';
import { action } from '../action.js';
import { table } from '../output.js';
import { withSession } from '../session.js';

const SUBJECT = ['<subject>', 'subject id, or Patient/<FHIR id>'] as const;

interface GrantOptions {
  readonly to: string;
  readonly compartment: string[];
  readonly purpose: string[];
  readonly right: string[];
  readonly for: string;
}

/** Consent of the organisation's custodial subjects; patients with their own keys use the portal or the SDK. */
export function addConsentCommand(program: Command): void {
  const consent = program.command('consent').description('Grant, narrow, revoke and list consent');
  addGrant(consent);
  addRevoke(consent);
  addList(consent);
}

function addGrant(consent: Command): void {
  consent
    .command('grant')
    .description('grant an organisation compartments of a subject')
    .argument(...SUBJECT)
    .requiredOption('--to <organisation>', 'who is granted')
    .option('--compartment <codes...>', 'general, mental-health, …, or all', ['general'])
    .option('--purpose <codes...>', 'HL7 purposes of use: TREAT, HPAYMT, HRESCH, …', ['TREAT'])
    .option('--right <rights...>', 'read, write', ['read'])
    .option('--for <duration>', 'how long, such as 30d or 12h, or an RFC 3339 time', '30d')
    .addHelpText('after', '\nExample:\n  cairn consent grant Patient/123 --to larkfield-clinic --for 30d')
    .action(
      action<[string], GrantOptions>(async ({ options, output }, own, subject) => {
        const decisions = await withSession(options, ({ client }) =>
          client.subjects.grant(subject, {
            grantee: own.to,
            compartments: own.compartment,
            purposes: own.purpose as never,
            rights: own.right as never,
            until: own.for,
          }),
        );
        const rows = decisions.map(({ code, grant, transaction, call }) => [code, grant, `${transaction} ${call}`]);
        output.result(decisions, () => table(['compartment', 'grant', 'receipt: transaction and call'], rows));
      }),
    );
}

function addRevoke(consent: Command): void {
  consent
    .command('revoke')
    .description('revoke a grant: what is written later stays closed to the grantee')
    .argument('<grant>', 'id, from `cairn consent list`')
    .action(
      action<[string], object>(async ({ options, output }, _own, grant) => {
        const decision = await withSession(options, ({ client }) => client.subjects.revoke(grant));
        output.result(decision, () => `revoked; receipt: ${decision.transaction} ${decision.call}`);
      }),
    );
}

function addList(consent: Command): void {
  consent
    .command('list')
    .description('list the grants of a subject, ended ones too')
    .argument(...SUBJECT)
    .action(
      action<[string], object>(async ({ options, output }, _own, subject) => {
        const grants = await withSession(options, ({ client }) => client.subjects.grants(subject));
        const rows = grants.map((grant) => [
          grant.grant,
          grant.code ?? grant.compartment,
          grant.grantee,
          grant.purposes.join(' '),
          grant.rights.join(' '),
          grant.until,
          grant.status,
        ]);
        output.result(grants, () => table(['grant', 'compartment', 'to', 'for', 'may', 'until', 'status'], rows));
      }),
    );
}
