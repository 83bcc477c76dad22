import { jsonFailure } from '../../../cli/test/preflight/aws-stand-in';
import { ACCOUNT, look, REGION, told, type World } from '../../../cli/test/preflight/context';
import { certificate } from '../../preflight/certificate';

describe('certificate', () => {
  const arn = (region = REGION): string => `arn:aws:acm:${region}:${ACCOUNT}:certificate/0a1b2c3d`;
  const world = (body: unknown, name = arn()): World => ({
    resources: [['AWS::ElasticLoadBalancingV2::Listener', { Certificates: [{ CertificateArn: name }] }]],
    answers: {
      DescribeCertificate:
        body === undefined ? jsonFailure('ResourceNotFoundException') : { body: { Certificate: body } },
    },
  });
  const inDays = (days: number): number => Date.now() / 1000 + days * 86_400 + 60;

  test.each([
    ['none', undefined, `error: ${arn()} does not exist`],
    [
      'one that waits',
      { Status: 'PENDING_VALIDATION', DomainName: 'x.org' },
      'error: the certificate of x.org is not validated yet',
    ],
    ['one that expired', { Status: 'EXPIRED', DomainName: 'x.org' }, 'error: the certificate of x.org is EXPIRED'],
    [
      'an imported one near its end',
      { Status: 'ISSUED', DomainName: 'x.org', NotAfter: inDays(9) },
      'warning: the certificate of x.org expires in 9 days',
    ],
    [
      'one that ACM renews',
      { Status: 'ISSUED', DomainName: 'x.org', NotAfter: inDays(9), RenewalEligibility: 'ELIGIBLE' },
      'ok: the certificate of x.org is issued',
    ],
    [
      'an imported one, thirty days before its end',
      { Status: 'ISSUED', DomainName: 'x.org', NotAfter: inDays(30) },
      'ok: the certificate of x.org is issued',
    ],
    [
      'an imported one, a day later',
      { Status: 'ISSUED', DomainName: 'x.org', NotAfter: inDays(29) },
      'warning: the certificate of x.org expires in 29 days',
    ],
    [
      'one for long',
      { Status: 'ISSUED', DomainName: 'x.org', NotAfter: inDays(300) },
      'ok: the certificate of x.org is issued',
    ],
  ])('%s', async (_, body, expected) => {
    expect(told(await look(certificate, world(body)))).toEqual([expect.stringContaining(expected)]);
  });

  test('one of another region, without asking', async () => {
    const outcome = await look(certificate, world({}, arn('us-east-1')));
    expect(told(outcome)).toEqual([
      expect.stringContaining('is in us-east-1, and a listener in eu-central-1 cannot use it'),
    ]);
    expect(outcome.actions.size).toBe(0);
  });

  test('a stage that serves nothing needs none', async () => {
    expect(told(await look(certificate))).toEqual(['skipped: not needed: the stage serves nothing over HTTPS']);
  });
});
