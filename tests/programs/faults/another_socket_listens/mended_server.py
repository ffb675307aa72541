import socket

s = socket.create_server(("", 12345))
another = socket.socket()
another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
another.bind(("", 12346))
conn, address = s.accept()
conn.sendall(conn.recv(1024))
conn.close()
