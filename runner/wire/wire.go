// Package wire sends one request and brings back one reply, so that what stands in the record of a run is what really
// went over the line: sent once, bounded in time and size, never redirected, and free of secrets from the moment of
// capture.
//
// A [Client] serves a whole run. [Client.Send] takes a [Request] and always returns a [Reply]: a transport error is a
// [Failure] in it, never a Go error, because "the connection was cut after the request went out" is an observation
// about the world like any status. The reply carries its [Exchange], the redacted text of both sides, which may be
// written to disk and shown to anybody.
//
//	client := wire.New(wire.Options{})
//	defer client.Close()
//	body, contentType, err := wire.Encode("", map[string]any{"stars": 4})
//	...
//	reply := client.Send(ctx, wire.Request{
//		Method: "POST", URL: "https://api.example.com/v1/reviews", Body: body,
//		Header:     http.Header{"Content-Type": {contentType}},
//		Origin:     "https://api.example.com",
//		Credential: wire.Bearer(wire.NewSecret(token)),
//		Act:        true,
//	})
//	if reply.Failure != nil && reply.Failure.Sent { ... } // nobody knows whether it was done
//
// # Acts and reads
//
// An act goes out at most once. Go's [http.Transport] replays requests that it takes for idempotent when a reused
// connection drops, and HTTP/2 requests that met a GOAWAY or REFUSED_STREAM; so an act gets a connection of its own
// through [http.Transport.NewClientConn], which has no pool to choose from and nothing to replay on. Reads share kept
// connections and may be replayed: their author vouches that they change nothing.
//
// # What a reply becomes
//
// Bodies are decompressed and decoded here, once, within the limits of [Options]. What is odd but harmless (duplicate
// keys, a wrong content type, a body that ends when the connection does) is a line in Exchange.Facts; what cannot be
// read is Reply.Undecodable; a body shorter than its framing promised is a Failure of kind "cut".
//
// # Secrets
//
// A [Secret] prints as ***. Everything that proves an account is masked by value in all that comes back, and so are
// values of Options.SecretFields, from the reply that hands them out on. See [Redactor].
//
// # The standard logger
//
// Go's transport writes bytes of a provider to the standard logger when they arrive on a connection that nobody asked
// ("Unsolicited response …"). There is no other way to get at these lines than log.SetOutput, which is state of the
// process and so the business of the command, which gives it a [Log] that keeps them, masked; in a user's test binary
// runner keeps them back.
package wire
