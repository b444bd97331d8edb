package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
)

// request is one of those that hdstest sends to a service.
type request struct {
	Method, URL, Body string
	Headers           map[string]string
	Bearer            bool
}

// loop sends the requests of BARE_PLAN to BARE_SERVICES services, BARE_AT_ONCE of
// them at the same time, each with a token of its own. It reads answers and looks
// at none.
func loop(client *http.Client) error {
	var plan []request
	data, err := os.ReadFile(os.Getenv("BARE_PLAN"))
	if err == nil {
		err = json.Unmarshal(data, &plan)
	}
	services, wrong := strconv.Atoi(os.Getenv("BARE_SERVICES"))
	atOnce, wrongToo := strconv.Atoi(os.Getenv("BARE_AT_ONCE"))
	if err := errors.Join(err, wrong, wrongToo); err != nil {
		return err
	}
	next := make(chan struct{}, services)
	for range services {
		next <- struct{}{}
	}
	close(next)
	errs := make([]error, atOnce)
	var all sync.WaitGroup
	for i := range atOnce {
		all.Go(func() {
			for range next {
				errs[i] = errors.Join(errs[i], one(client, plan))
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// one calls one service.
func one(client *http.Client, plan []request) error {
	token, err := acquire(client)
	if err != nil {
		return err
	}
	for _, r := range plan {
		req, err := http.NewRequest(r.Method, r.URL, strings.NewReader(r.Body))
		if err != nil {
			return err
		}
		for name, value := range r.Headers {
			req.Header.Set(name, value)
		}
		if r.Bearer {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		response, err := client.Do(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			return fmt.Errorf("%s %s: %w", r.Method, r.URL, err)
		}
	}
	return nil
}
