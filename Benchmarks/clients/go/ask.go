// ask CALLS: one call, then so many; prints the seconds that these took.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	maciebroker "github.com/macie-broker/macie-broker/clients/go"
)

func main() {
	client := maciebroker.New()
	defer client.Close()
	ask := func() {
		if _, err := client.GetMacieSession(context.Background(), &maciebroker.GetMacieSessionInput{}); err != nil {
			log.Fatal(err)
		}
	}
	calls, _ := strconv.Atoi(os.Args[1])
	ask()
	begun := time.Now()
	for ; calls > 0; calls-- {
		ask()
	}
	fmt.Println(time.Since(begun).Seconds())
}
