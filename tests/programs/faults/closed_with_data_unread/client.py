import socket
import time

s = socket.socket()
s.connect(("server", 12345))
s.sendall(b"GET the news of today\n")
s.shutdown(socket.SHUT_WR)
time.sleep(0.5)  # something else to do
while data := s.recv(1024):
    print(data.decode())
s.close()
