package directory_test

import (
	"testing"

	"hdstest/internal/sandbox/directory"
)

func TestIsGUID(t *testing.T) {
	for text, want := range map[string]bool{
		"4c8d0bbc-75d3-4935-991f-5f3c56d81508": true, "4C8D0BBC-75D3-4935-991F-5F3C56D8150A": true,
		"4c8d0bbc-75d3-4935-991f-5f3c56d8150": false, "4c8d0bbc-75d3-4935-991f-5f3c56d8150g": false,
		"4c8d0bbc-75d3-4935-991f-5f3c56d8150G": false, "4c8d0bbc-75d3-4935-991f-5f3c56d8150-": false,
		"4c8d0bbc075d3-4935-991f-5f3c56d81508": false, "": false, "4c8d0bbc-75d3-4935-991f-5f3c56d8150/": false,
		"4c8d0bbc-75d3-4935-991f-5f3c56d8150:": false, "4c8d0bbc-75d3-4935-991f-5f3c56d8150@": false,
		"4c8d0bbc-75d3-4935-991f-5f3c56d8150`": false,
	} {
		if directory.IsGUID(text) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}
