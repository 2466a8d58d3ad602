/** Reports on mail that came back, as mail servers write them; invented names in the forms of Postfix, Exim and others. */

/** What of a report may be otherwise. */
export type ReportParts = {
  readonly to?: string;
  readonly status?: string;
  readonly action?: string;
  readonly partType?: string;
  /** Fields of the recipient in place of those above. */
  readonly fields?: string;
};

/** A report as Postfix writes it, on a message to one recipient. */
export function makeReport({
  to = 'bounces@example.org',
  status = '5.1.1',
  action = 'failed',
  partType = 'message/delivery-status',
  fields = `Final-Recipient: rfc822; reader@example.net\nAction: ${action}\nStatus: ${status}\nDiagnostic-Code: smtp; 550 5.1.1\n    <reader@example.net>: Recipient address rejected`,
}: ReportParts = {}): string {
  return `Return-Path: <>
Delivered-To: ${to}
Received: by mx.example.net (Postfix) id 4T0; Sat, 28 Nov 2026 09:00:00 +0000
Date: Sat, 28 Nov 2026 09:00:00 +0000
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: ${to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4T0.1/mx.example.net"

This is a MIME-encapsulated message.

--4T0.1/mx.example.net
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered. Status: 5.9.9

--4T0.1/mx.example.net
Content-Description: Delivery report
Content-Type: ${partType}

Reporting-MTA: dns; mx.example.net
X-Postfix-Sender: rfc822; ${to}
Arrival-Date: Sat, 28 Nov 2026 08:59:58 +0000 (UTC)

${fields}

--4T0.1/mx.example.net
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: alerts@example.org
Subject: x
Content-Type: multipart/report; boundary="inner"

--inner
Content-Type: message/delivery-status

Final-Recipient: rfc822; other@example.net
Action: failed
Status: 5.0.0

--inner--

--4T0.1/mx.example.net--
`.replaceAll('\n', '\r\n');
}
