//go:build !linux

package main

// dropPrivileges has nothing to give up where nothing is captured.
func dropPrivileges(bool) {}
