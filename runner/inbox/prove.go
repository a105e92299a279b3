package inbox

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// fresh is how old a proof may be for one who asks: cells ask at the same time.
const fresh = 200 * time.Millisecond

// Prove sends a delivery to the inbox's own address, the whole way round, and waits for
// it. An error says why it did not come: then what is missing proves nothing. A proof
// that was sent a moment ago is as good as a new one.
func (in *Inbox) Prove(ctx context.Context) error {
	asked := time.Now()
	in.prove.Lock() // who waits here has the proof of who went before
	defer in.prove.Unlock()
	if in.proved.Add(fresh).After(asked) {
		return nil
	}
	sent := time.Now()
	if err := in.ask(ctx); err != nil {
		return err
	}
	in.proved = sent
	return nil
}

func (in *Inbox) ask(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, in.options.Proof)
	defer stop()
	word, came := token(), make(chan struct{}, 1)
	in.mu.Lock()
	in.proofs[word] = came
	in.mu.Unlock()
	defer func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		delete(in.proofs, word)
	}()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, in.public+"/"+in.secret+"/"+word, strings.NewReader("{}"))
	if err != nil {
		return fmt.Errorf("the inbox has no address that can be asked: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "polygraph")
	answer, err := in.client.Do(request)
	if err != nil {
		return fmt.Errorf("the inbox cannot be reached under its own address: %w", err)
	}
	answer.Body.Close()
	select {
	case <-came:
		return nil
	default:
	}
	return fmt.Errorf("what was sent to the inbox's own address did not come to it: answered %d", answer.StatusCode)
}

// arrived notes a delivery to itself.
func (in *Inbox) arrived(word string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if came := in.proofs[word]; came != nil {
		select {
		case came <- struct{}{}:
		default: // it came twice
		}
	}
}
