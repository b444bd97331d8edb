#!/bin/sh
# Stands in for a browser: writes down the address that it was to open.
printf '%s\n' "$1" > "$BROWSER_ADDRESS.new" && mv "$BROWSER_ADDRESS.new" "$BROWSER_ADDRESS"
